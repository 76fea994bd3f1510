import { basename, join } from "node:path";
import type { BuildResult } from "@tricast/pack";
import type { ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import { artefactOf, copyArtefact } from "./build-predictor.ts";
import { type LayerObject, PACKAGES, type Serverless } from "./serverless-api.ts";

/** The layers of a service. Predictors with the same runtime share one. */
export type Layers = ReturnType<typeof makeLayers>;

export function makeLayers(serverless: Serverless, plan: ResolvedPlan) {
  const { service, serviceDir } = serverless;
  const objects: Record<string, LayerObject> = {};
  const nameByDigest = new Map<string, string>();
  const idOf = (name: string) => serverless.getProvider("aws").naming.getLambdaLayerLogicalId(name);
  const register = () => {
    service.layers = { ...service.layers, ...objects };
  };
  return {
    /** @returns the layer's logical id; `undefined` if the build has no such layer, as for a model in a store. */
    async add(
      result: BuildResult,
      kind: "runtime-layer" | "model-layer",
      { architecture, predictor }: ResolvedFunction,
    ): Promise<string | undefined> {
      const { manifest } = result;
      const artefact = artefactOf(result, kind);
      if (artefact === undefined) return undefined;
      const { sha256 = "" } = manifest.outputs.find(({ file }) => file === artefact.file) ?? {};
      const known = nameByDigest.get(sha256);
      if (known !== undefined) return idOf(known);
      const short = kind === "runtime-layer" ? `runtime-${architecture}` : `model-${predictor}`;
      const isTaken = `tricast-${short}` in { ...service.layers, ...objects };
      const own = isTaken ? `${short}-${sha256.slice(-8)}` : short;
      const name = `tricast-${own}`;
      nameByDigest.set(sha256, name);
      objects[name] = {
        name: `${plan.service}-${plan.stage}-${own}`,
        description: kind === "runtime-layer" ? "ONNX Runtime" : `Model of ${manifest.predictor}`,
        compatibleRuntimes: [manifest.settings.runtime as string],
        compatibleArchitectures: [manifest.settings.architecture as string],
        package: { artifact: await copyArtefact(result, artefact, join(serviceDir, PACKAGES, `${name}.zip`)) },
      };
      return idOf(name);
    },

    /**
     * Adds the layers to the service. A deployment does this before Serverless compiles layers, because Serverless then
     * skips the upload of layers that the stack already has. That needs an account, so `serverless package` calls `compile`.
     */
    register,

    /** Compiles and adds the layers as Serverless does (lib/plugins/aws/package/compile/layers.js), without reading the stack. */
    compile(): void {
      for (const [name, layer] of Object.entries(objects)) {
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
        // Serverless finds the file by this name. Its hash is part of the id of each function's version.
        Object.defineProperty(resource, "_serverlessLayerName", { value: name });
        service.provider.compiledCloudFormationTemplate.Resources[idOf(name)] = resource;
      }
      register();
    },
  };
}
