export {
  type Alias,
  type AliasChange,
  type Aliases,
  type AliasesRead,
  type AliasTarget,
  formatTarget,
  parseAliases,
  readAliases,
  toWeights,
} from "./aliases.ts";
export { chooseVersion, type Weights } from "./choose-version.ts";
export { findTarget } from "./find-target.ts";
export { listModels, listVersions, type ModelSummary } from "./list-models.ts";
export {
  type Framework,
  formatManifest,
  type Manifest,
  type ManifestFile,
  type ModelOrigin,
  type ModelValue,
  parseManifest,
  type Variant,
} from "./manifest.ts";
export { checkAlias, checkModelName, checkVersion, parseReference, type Reference } from "./names.ts";
export { type OnnxHeader, readOnnxHeader } from "./onnx-header.ts";
export { PRUNE_DEFAULTS, type PruneItem, type PruneOptions, type PruneReason, planPrune } from "./plan-prune.ts";
export { type PromoteOptions, promote, rollback } from "./promote.ts";
export { prune } from "./prune.ts";
export { type PullOptions, type PullResult, pull } from "./pull.ts";
export { type PushOptions, type PushResult, push } from "./push.ts";
export { findManifest, readManifest } from "./read-manifest.ts";
export { type Resolution, type ResolveOptions, resolve } from "./resolve.ts";
export { type VerifiedFile, type VerifyResult, verify } from "./verify.ts";
