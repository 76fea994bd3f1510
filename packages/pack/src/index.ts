export { build } from "./build.ts";
export type { BuildOptions, BuildResult } from "./build-options.ts";
export type { Format } from "./bundle/format.ts";
export { type StoreKind, storeKindsOf } from "./bundle/store-kinds.ts";
export type { ArtefactFile, FileGroup } from "./files/artefact-file.ts";
export {
  type BuildImageOptions,
  buildImage,
  type ImageHost,
  type ImageOutput,
  type ImageReport,
} from "./image/build-image.ts";
export { type DockerfileOptions, renderDockerfile, stageDockerContext } from "./image/dockerfile.ts";
export { type ImageSettings, lambdaSettings, serverSettings } from "./image/image-options.ts";
export type { RegistryOptions } from "./image/registry/client.ts";
export type { Credentials } from "./image/registry/docker-config.ts";
export type { PushReport } from "./image/registry/push.ts";
export type { ImageFormat } from "./output/image-format.ts";
export type { BuildManifest, BuiltArtefact, BuiltFile, BuiltImage } from "./output/manifest.ts";
export { findProject, listPredictors, type Project } from "./project/find-project.ts";
export { readDefinition } from "./project/read-definition.ts";
export type { Arch, Archs } from "./targets/arch.ts";
export type { Target } from "./targets/targets.ts";
