import { join } from "node:path";
import type { BuildResult } from "@tricast/pack";
import type { ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import { buildPredictor, builtFunctions, copyArtefact } from "./build-predictor.ts";
import { type Layers, makeLayers } from "./layers.ts";
import { PACKAGES, type Serverless } from "./serverless-api.ts";

/** Builds every predictor and sets its package in the service. @returns the layers of the service. */
export async function packagePredictors(
  serverless: Serverless,
  plan: ResolvedPlan,
  onPredictor: (name: string) => void,
): Promise<Layers> {
  const { serviceDir, service } = serverless;
  const layers = makeLayers(serverless, plan);
  for (const { fn, target } of builtFunctions(serverless, plan)) {
    onPredictor(fn.predictor);
    const isLayered = fn.packaging === "layers";
    const options = { out: ".tricast", arch: fn.architecture, layers: isLayered };
    const { built, handler, zip } = await buildPredictor(serverless, fn, options);
    // Serverless writes NAME.zip for the service, for other functions and for layers.
    const file = join(serviceDir, PACKAGES, `tricast-function-${fn.predictor}.zip`);
    // Without `individually`, Serverless deploys one package for the whole service.
    target.package = { ...target.package, individually: true, artifact: await copyArtefact(built, zip, file) };
    target.handler = handler;
    if (!isLayered) continue;
    const ids = [
      await layers.add(built, "runtime-layer", fn),
      hasModelsElsewhere(built, fn) ? undefined : await layers.add(built, "model-layer", fn),
    ];
    const added = ids.filter((id) => id !== undefined).map((id) => ({ Ref: id }));
    target.layers = [...(target.layers ?? service.provider.layers ?? []), ...added];
  }
  return layers;
}

/** Whether the function reads every model from a store, so that it does not need a layer of the models in its folder. */
function hasModelsElsewhere({ manifest }: BuildResult, { models }: ResolvedFunction): boolean {
  return manifest.models.every(({ key }) => key in models);
}
