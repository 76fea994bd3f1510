export { build } from "./build.ts";
export type { BuildOptions, BuildResult } from "./build-options.ts";
export type { Format } from "./bundle/format.ts";
export { type StoreKind, storeKindsOf } from "./bundle/store-kinds.ts";
export type { ArtefactFile, FileGroup } from "./files/artefact-file.ts";
export {
  type BuildImageOptions,
  buildImage,
  type Credentials,
  type DockerfileOptions,
  type ImageHost,
  type ImageOutput,
  type ImageReport,
  type ImageSettings,
  lambdaSettings,
  type PushReport,
  type RegistryOptions,
  renderDockerfile,
  serverSettings,
  stageDockerContext,
} from "./image/index.ts";
export type { ImageFormat } from "./output/image-format.ts";
export type { BuildManifest, BuiltArtefact, BuiltFile, BuiltImage } from "./output/manifest.ts";
export { findProject, listPredictors, type Project } from "./project/find-project.ts";
export { readDefinition } from "./project/read-definition.ts";
export type { Arch, Archs } from "./targets/arch.ts";
export type { Target } from "./targets/targets.ts";
