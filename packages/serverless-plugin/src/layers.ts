import { basename, join } from "node:path";
import type { BuildResult } from "@tricast/pack";
import type { ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import { artefactOf, copyArtefact, digestOf } from "./build-predictor.ts";
import { type LayerObject, PACKAGES, type Serverless } from "./serverless-api.ts";

/** The layers of a service by their names in Serverless; predictors with the same runtime share one. */
export class Layers {
  readonly #serverless: Serverless;
  readonly #plan: ResolvedPlan;
  readonly #nameByDigest = new Map<string, string>();
  readonly #objects: Record<string, LayerObject> = {};

  constructor(serverless: Serverless, plan: ResolvedPlan) {
    this.#serverless = serverless;
    this.#plan = plan;
  }

  /** @returns the layer's logical id; `undefined` where the build made none, such as of a model that lies in a store. */
  async add(
    result: BuildResult,
    kind: "runtime-layer" | "model-layer",
    { architecture, predictor }: ResolvedFunction,
  ): Promise<string | undefined> {
    const artefact = artefactOf(result, kind);
    if (artefact === undefined) return undefined;
    const digest = digestOf(result, artefact);
    const known = this.#nameByDigest.get(digest);
    if (known !== undefined) return this.#logicalId(known);
    const usual = kind === "runtime-layer" ? `runtime-${architecture}` : `model-${predictor}`;
    const name = this.#isTaken(usual) ? `tricast-${usual}-${digest.slice(-8)}` : `tricast-${usual}`;
    this.#nameByDigest.set(digest, name);
    this.#objects[name] = {
      name: `${this.#plan.service}-${this.#plan.stage}-${name.slice("tricast-".length)}`,
      description: kind === "runtime-layer" ? "ONNX Runtime" : `Model of ${result.manifest.predictor}`,
      compatibleRuntimes: [result.manifest.settings.runtime as string],
      compatibleArchitectures: [result.manifest.settings.architecture as string],
      package: { artifact: await copyArtefact(result, artefact, this.#pathOf(name)) },
    };
    return this.#logicalId(name);
  }

  /**
   * Hands the layers to Serverless. Where it is deploying, before it compiles layers: it asks the stack which ones are
   * there already, and leaves those. That needs an account, so `serverless package` compiles them itself.
   */
  register(): void {
    const { service } = this.#serverless;
    service.layers = { ...service.layers, ...this.#objects };
  }

  /** As Serverless compiles a layer (lib/plugins/aws/package/compile/layers.js), without asking the stack. */
  compile(): void {
    const { service } = this.#serverless;
    const { Resources } = service.provider.compiledCloudFormationTemplate;
    for (const [name, layer] of Object.entries(this.#objects)) {
      const resource = {
        Type: "AWS::Lambda::LayerVersion",
        Properties: {
          Content: {
            S3Bucket: service.package.deploymentBucket ?? { Ref: "ServerlessDeploymentBucket" },
            S3Key: `${service.package.artifactDirectoryName}/${basename(layer.package.artifact)}`,
          },
          LayerName: layer.name,
          Description: layer.description,
          CompatibleRuntimes: layer.compatibleRuntimes,
          CompatibleArchitectures: layer.compatibleArchitectures,
        },
      };
      // By this name Serverless finds the file, whose hash is part of the id of each function's version.
      Object.defineProperty(resource, "_serverlessLayerName", { value: name });
      Resources[this.#logicalId(name)] = resource;
    }
  }

  #isTaken(usual: string): boolean {
    return `tricast-${usual}` in this.#objects || `tricast-${usual}` in this.#serverless.service.layers;
  }

  #logicalId(name: string): string {
    return this.#serverless.getProvider("aws").naming.getLambdaLayerLogicalId(name);
  }

  #pathOf(name: string): string {
    return join(this.#serverless.serviceDir, PACKAGES, `${name}.zip`);
  }
}
