/** The facts of one object in a store. */
export interface ObjectInfo {
  /** Key below the store's root, with `/` between folders. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Names exactly these bytes: an S3 or Azure ETag, a Google generation, for a file its inode, size and time of change.
   * Equal tags mean equal content; given back as `ifMatch` it pins a read or guards a write.
   */
  readonly tag: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

export interface ReadOptions {
  /** First byte and the byte after the last. Default: the whole object. */
  readonly range?: { readonly start: number; readonly end: number } | undefined;
  /** Fails with `store-conflict` unless the object still has this tag. */
  readonly ifMatch?: string | undefined;
  /** Resolves to `undefined` when the object still has this tag: nothing is sent. */
  readonly ifNoneMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ReadResult {
  /** The whole object's size and tag, also for a range. */
  readonly info: ObjectInfo;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Bytes, or a file on this machine. */
export type ObjectBody = Uint8Array | { readonly path: string };

export interface WriteOptions {
  /** A tag: fails with `store-conflict` when the object has another. `null`: fails when there is an object already. */
  readonly ifMatch?: string | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One bucket, container or folder, below one prefix. The smallest set of verbs that versions, aliases and parallel
 * downloads need; each driver implements it and nothing else. Keys never begin with `/` and have no `..`.
 * Every method may throw `store-unavailable` (retried by the caller), `store-denied` or `store-not-found` (no such bucket).
 */
export interface ObjectStore {
  /** The root as a URI, without a trailing `/`: `s3://bucket/prefix`. */
  readonly uri: string;
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined>;
  /** @throws `store-not-found` when there is no such object. */
  read(key: string, options?: ReadOptions): Promise<ReadResult | undefined>;
  /** Replaces the whole object at once: a reader sees the old bytes or the new, never a mixture. */
  write(key: string, body: ObjectBody, options?: WriteOptions): Promise<ObjectInfo>;
  /** Objects whose keys begin with `prefix`, in key order. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo>;
  /** Nothing happens when there is no such object. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
}
