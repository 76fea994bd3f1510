import { join } from "node:path";
import type { BuildResult, BuiltArtefact } from "@tricast/pack";
import type { ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import { artefactOf, buildPredictor, copyArtefact } from "./build-predictor.ts";
import { Layers } from "./layers.ts";
import { type FunctionObject, PACKAGES, type Serverless } from "./serverless-api.ts";

/** Builds every predictor and sets its package in the service. @returns the layers that they share. */
export async function packagePredictors(
  serverless: Serverless,
  plan: ResolvedPlan,
  onPredictor: (name: string) => void,
): Promise<Layers> {
  const layers = new Layers(serverless, plan);
  for (const fn of plan.aws?.functions ?? []) {
    if (fn.packaging === "image") continue;
    onPredictor(fn.predictor);
    await packagePredictor(serverless, fn, layers);
  }
  return layers;
}

async function packagePredictor(serverless: Serverless, fn: ResolvedFunction, layers: Layers): Promise<void> {
  const { serviceDir, service } = serverless;
  const isLayered = fn.packaging === "layers";
  const options = { serviceDir, out: ".tricast", arch: fn.architecture, layers: isLayered };
  const result = await buildPredictor(fn, options);
  const zip = artefactOf(result, "function") as BuiltArtefact;
  const target = service.functions[fn.predictor] as FunctionObject;
  const artifact = await copyArtefact(result, zip, join(serviceDir, PACKAGES, `${fn.predictor}.zip`));
  // Without `individually` a deployment looks for one package of the whole service.
  target.package = { ...target.package, individually: true, artifact };
  target.handler = result.manifest.settings.handler as string;
  if (!isLayered) return;
  const added = [
    await layers.add(result, "runtime-layer", fn),
    hasModelsElsewhere(result, fn) ? undefined : await layers.add(result, "model-layer", fn),
  ];
  const own = target.layers ?? service.provider.layers ?? [];
  target.layers = [...own, ...added.flatMap((logicalId) => (logicalId === undefined ? [] : [{ Ref: logicalId }]))];
}

/** Whether every model that the code names is read from a store instead, so that a layer of the packaged ones would never be read. */
function hasModelsElsewhere({ manifest }: BuildResult, { models }: ResolvedFunction): boolean {
  return manifest.models.every(({ key }) => key in models);
}
