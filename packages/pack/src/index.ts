export { BUDGETS, type Budget, type Limit } from "./budget/budget.ts";
export { formatBytes } from "./budget/check-budget.ts";
export { type BuildOptions, type BuildResult, build } from "./build.ts";
export type { Format } from "./bundle/bundle.ts";
export { type Collected, type CollectRequest, collectGroups } from "./collect-groups.ts";
export { readDefinition } from "./definition.ts";
export type { Arch, Archs, ArtefactFile, FileGroup, Target } from "./files.ts";
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
export type { ImageFormat } from "./image-wishes.ts";
export type { BuildManifest, BuiltArtefact, BuiltFile, BuiltImage } from "./output/manifest.ts";
export { findProject, listPredictors, type Project } from "./project.ts";
export { newSession, type Session } from "./session.ts";
export { TARGET_NAMES, TARGETS } from "./targets/index.ts";
export type { TargetRules } from "./targets/target.ts";
