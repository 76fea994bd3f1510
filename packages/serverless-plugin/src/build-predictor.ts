import { cp } from "node:fs/promises";
import { join } from "node:path";
import { type Arch, type BuildResult, type BuiltArtefact, build, storeKindsOf } from "@tricast/pack";
import type { ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import type { FunctionObject, Serverless } from "./serverless-api.ts";

/** The predictors that are built, with their functions in serverless.yml. Images are not built here. */
export function builtFunctions({ service }: Serverless, { aws }: ResolvedPlan) {
  const functions = aws?.functions.filter(({ packaging }) => packaging !== "image") ?? [];
  return functions.map((fn) => ({ fn, target: service.functions[fn.predictor] as FunctionObject }));
}

/** Builds one predictor for Lambda into a folder. @throws {TricastError} the errors of `build`. */
export async function buildPredictor(
  { serviceDir }: Serverless,
  fn: ResolvedFunction,
  { out, arch, layers }: { readonly out: string; readonly arch: Arch; readonly layers: boolean },
) {
  const [result] = await build({
    predictor: join(serviceDir, fn.entry),
    targets: ["aws-lambda"],
    archs: [arch],
    out: join(serviceDir, out),
    layers,
    // Serverless uploads every package to its deployment bucket.
    upload: "s3",
    stores: storeKindsOf(Object.values(fn.models)),
    environment: fn.environment,
  });
  const built = result as BuildResult;
  const handler = built.manifest.settings.handler as string;
  return { built, handler, zip: artefactOf(built, "function") as BuiltArtefact };
}

export function artefactOf({ manifest }: BuildResult, kind: BuiltArtefact["kind"]): BuiltArtefact | undefined {
  return manifest.artefacts.find((artefact) => artefact.kind === kind);
}

/** @returns the path of the copy. */
export async function copyArtefact({ folder }: BuildResult, { file }: BuiltArtefact, to: string): Promise<string> {
  await cp(join(folder, file), to);
  return to;
}
