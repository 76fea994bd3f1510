export { type FetchedObject, type FetchOptions, type FetchSource, fetchObject } from "./fetch-object.ts";
export type { ObjectInfo, ObjectStore, ReadOptions, ReadResult, WriteOptions } from "./object-store.ts";
export { openStore, type StoreOptions } from "./open-store.ts";
export {
  chooseIndex,
  type FetchedModel,
  type FetchedVersion,
  type FetchModelOptions,
  fetchModel,
  isPlainObject,
  recheckModel,
  type ServedTarget,
} from "./served/fetch-model.ts";
export { formatUri, parseUri, type StoreUri, splitUri } from "./uri.ts";
export { withRetries } from "./with-retries.ts";
