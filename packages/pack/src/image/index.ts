export { type BaseFacts, type InspectOptions, inspectBase } from "./base/inspect-base.ts";
export { defaultCacheFolder } from "./blob-cache.ts";
export {
  type BuildImageOptions,
  buildImage,
  type ImageHost,
  type ImageOutput,
  type ImageReport,
} from "./build-image.ts";
export { type DockerfileOptions, renderDockerfile, stageDockerContext } from "./dockerfile.ts";
export { DEFAULT_USER, type ImageSettings, lambdaSettings, serverSettings } from "./image-options.ts";
export type { RegistryOptions } from "./registry/client.ts";
export { type Credentials, dockerCredentials } from "./registry/docker-config.ts";
export type { PushReport } from "./registry/push.ts";
export { parseReference, type Reference, showReference } from "./registry/reference.ts";
