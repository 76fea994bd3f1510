export {
  type Alias,
  type Aliases,
  type AliasVersions,
  formatAliasVersions,
  readAliases,
  toWeights,
} from "../versions/aliases.ts";
export {
  type Manifest,
  type ManifestFile,
  type ModelOrigin,
  type ModelValue,
  parseManifest,
  type Variant,
} from "../versions/manifest.ts";
export { checkAlias, checkModelName, checkVersion, parseReference } from "../versions/names.ts";
export { findAliasVersions } from "./find-alias-versions.ts";
export { listModels, listVersions, type ModelSummary } from "./list-models.ts";
export type { ModelDescription } from "./model-description.ts";
export { PRUNE_DEFAULTS, type PruneItem, type PruneOptions, type PruneReason, planPrune } from "./plan-prune.ts";
export { type PromoteOptions, promote, rollback } from "./promote.ts";
export { prune } from "./prune.ts";
export { type PullOptions, type PullResult, pull } from "./pull.ts";
export { push } from "./push.ts";
export type { PushOptions, PushResult } from "./push-options.ts";
export { type VerifiedFile, type VerifyResult, verify } from "./verify.ts";
