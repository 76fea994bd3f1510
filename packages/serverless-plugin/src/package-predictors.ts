import { join } from "node:path";
import type { BuildResult, BuiltArtefact } from "@tricast/build";
import type { ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import { artefactOf, buildPredictor, copyArtefact, digestOf } from "./build-predictor.ts";
import type { FunctionObject, LayerObject, Serverless } from "./serverless-api.ts";

/** Where Serverless keeps what it makes, and whence it uploads. */
const PACKAGES = ".serverless";

/** Builds every predictor and tells Serverless where its package and its layers are. */
export async function packagePredictors(
  serverless: Serverless,
  plan: ResolvedPlan,
  onPredictor: (name: string) => void,
): Promise<void> {
  const layers = new LayerRegistry(serverless, plan);
  for (const fn of plan.aws?.functions ?? []) {
    if (fn.packaging === "image") continue;
    onPredictor(fn.predictor);
    await packagePredictor(serverless, fn, layers);
  }
}

async function packagePredictor(serverless: Serverless, fn: ResolvedFunction, layers: LayerRegistry): Promise<void> {
  const { serviceDir, service } = serverless;
  const isLayered = fn.packaging === "layers";
  const place = { serviceDir, out: ".tricast", arch: fn.architecture, layers: isLayered };
  const result = await buildPredictor(fn, place);
  const zip = artefactOf(result, "function") as BuiltArtefact;
  const target = service.functions[fn.predictor] as FunctionObject;
  const artifact = await copyArtefact(result, zip, join(serviceDir, PACKAGES, `${fn.predictor}.zip`));
  target.package = { ...target.package, artifact };
  target.handler = result.manifest.settings.handler as string;
  if (!isLayered) return;
  const added = [
    await layers.add(result, "runtime-layer", `runtime-${fn.architecture}`, fn),
    await layers.add(result, "model-layer", `model-${fn.predictor}`, fn),
  ];
  const own = target.layers ?? service.provider.layers ?? [];
  target.layers = [...own, ...added.flatMap((logicalId) => (logicalId === undefined ? [] : [{ Ref: logicalId }]))];
}

/** The layers of a service; predictors with the same runtime share one. */
class LayerRegistry {
  readonly #serverless: Serverless;
  readonly #plan: ResolvedPlan;
  readonly #byDigest = new Map<string, string>();

  constructor(serverless: Serverless, plan: ResolvedPlan) {
    this.#serverless = serverless;
    this.#plan = plan;
  }

  /** @returns the layer's logical id; `undefined` where the build made none, such as of a model that lies in a store. */
  async add(
    result: BuildResult,
    kind: "runtime-layer" | "model-layer",
    name: string,
    { architecture }: ResolvedFunction,
  ): Promise<string | undefined> {
    const artefact = artefactOf(result, kind);
    if (artefact === undefined) return undefined;
    const digest = digestOf(result, artefact);
    const known = this.#byDigest.get(digest);
    if (known !== undefined) return known;
    const { serviceDir, service } = this.#serverless;
    const key = `tricast-${name}` in service.layers ? `tricast-${name}-${digest.slice(-8)}` : `tricast-${name}`;
    const artifact = await copyArtefact(result, artefact, join(serviceDir, PACKAGES, `${key}.zip`));
    service.layers = { ...service.layers, [key]: this.#describe(key, kind, architecture, artifact, result) };
    const logicalId = this.#serverless.getProvider("aws").naming.getLambdaLayerLogicalId(key);
    this.#byDigest.set(digest, logicalId);
    return logicalId;
  }

  #describe(key: string, kind: string, architecture: string, artifact: string, result: BuildResult): LayerObject {
    return {
      name: `${this.#plan.service}-${this.#plan.stage}-${key.slice("tricast-".length)}`,
      description: kind === "runtime-layer" ? "ONNX Runtime" : `Model of ${result.manifest.predictor}`,
      compatibleRuntimes: [result.manifest.settings.runtime as string],
      compatibleArchitectures: [architecture === "x64" ? "x86_64" : "arm64"],
      package: { artifact },
    };
  }
}
