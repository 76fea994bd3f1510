import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Arch, BuildResult, BuiltArtefact } from "@tricast/pack";
import type { ResolvedPlan } from "@tricast/plan";
import { endpointEvents } from "@tricast/plan/tools";
import { artefactOf, buildPredictor } from "./build-predictor.ts";
import { hostRuntime } from "./host-runtime.ts";
import type { FunctionObject, Serverless } from "./serverless-api.ts";

/**
 * Gives serverless-offline the artefacts to run: one zip per predictor for this machine's processor, as it applies no
 * layers without Docker. A function URL, which it does not know, is served like an HTTP API below the predictor's name.
 */
export async function prepareOffline(
  { serviceDir, service }: Serverless,
  plan: ResolvedPlan,
  onPredictor: (name: string) => void,
): Promise<void> {
  await markCommonJs(serviceDir);
  const built = new Map<string, BuildResult>();
  for (const fn of plan.aws?.functions ?? []) {
    const target = service.functions[fn.predictor] as FunctionObject;
    if (fn.packaging === "image") continue;
    onPredictor(fn.predictor);
    const options = { serviceDir, out: ".tricast/offline", arch: process.arch as Arch, layers: false };
    // Functions of one folder differ in routes and sizes, which do not change the package.
    const key = JSON.stringify([fn.entry, fn.models]);
    const result = built.get(key) ?? (await buildPredictor(fn, options));
    built.set(key, result);
    const zip = artefactOf(result, "function") as BuiltArtefact;
    target.handler = result.manifest.settings.handler as string;
    target.package = { ...target.package, artifact: join(result.folder, zip.file) };
    target.environment = { ...hostRuntime(serviceDir), ...target.environment };
    if (fn.endpoint?.kind !== "function-url") continue;
    const routes = endpointEvents({ kind: "http", path: `/${fn.predictor}` });
    target.events = [...(target.events ?? []), ...routes];
  }
}

/**
 * serverless-offline unpacks artefacts inside the service, where a package.json may make `.js` an ES module. Lambda
 * has no such file above a function.
 */
async function markCommonJs(serviceDir: string): Promise<void> {
  const folder = join(serviceDir, ".serverless-offline");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
}
