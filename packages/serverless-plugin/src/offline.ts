import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Arch } from "@tricast/pack";
import type { ResolvedPlan } from "@tricast/plan";
import { endpointEvents } from "@tricast/plan/tools";
import { buildPredictor, builtFunctions } from "./build-predictor.ts";
import { hostRuntime } from "./host-runtime.ts";
import type { Serverless } from "./serverless-api.ts";

/**
 * Builds the artefacts that serverless-offline runs: one zip per predictor for this machine's processor, because it does
 * not apply layers without Docker. It does not support function URLs, so they become HTTP API routes at `/<function>`.
 */
export async function prepareOffline(
  serverless: Serverless,
  plan: ResolvedPlan,
  onPredictor: (name: string) => void,
): Promise<void> {
  const { serviceDir } = serverless;
  await markCommonJs(serviceDir);
  const builds = new Map<string, Awaited<ReturnType<typeof buildPredictor>>>();
  for (const { fn, target } of builtFunctions(serverless, plan)) {
    onPredictor(fn.predictor);
    // Functions of one folder share a build if they read the same models. Each build has its own folder.
    const key = JSON.stringify([fn.entry, fn.models]);
    const options = { out: join(".tricast/offline", fn.predictor), arch: process.arch as Arch, layers: false };
    const { built, handler, zip } = builds.get(key) ?? (await buildPredictor(serverless, fn, options));
    builds.set(key, { built, handler, zip });
    target.handler = handler;
    target.package = { ...target.package, artifact: join(built.folder, zip.file) };
    target.environment = { ...hostRuntime(serviceDir), ...target.environment };
    if (fn.endpoint?.kind !== "function-url") continue;
    const routes = endpointEvents({ kind: "http", path: `/${fn.predictor}` });
    target.events = [...(target.events ?? []), ...routes];
  }
}

/**
 * serverless-offline unpacks artefacts inside the service, where a package.json may make `.js` an ES module. On Lambda, no
 * package.json is above the function.
 */
async function markCommonJs(serviceDir: string): Promise<void> {
  const folder = join(serviceDir, ".serverless-offline");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
}
