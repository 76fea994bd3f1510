export { type FetchSource, fetchObject } from "./fetch-object.ts";
export type { FetchedObject, FetchOptions } from "./fetch-types.ts";
export type { ObjectBody, ObjectInfo, ObjectStore, ReadOptions, ReadResult, WriteOptions } from "./object-store.ts";
export { openStore } from "./open-store.ts";
export {
  chooseIndex,
  type FetchedModel,
  type FetchedVersion,
  type FetchModelOptions,
  fetchModel,
  recheckModel,
  type TrafficSplit,
} from "./served/fetch-model.ts";
export type { StoreOptions } from "./store-options.ts";
export { parseUri, type StoreUri } from "./uri.ts";
export { type Resolution, type ResolveOptions, resolve } from "./versions/resolve.ts";
export { withRetries } from "./with-retries.ts";
