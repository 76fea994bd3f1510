/** The facts of one object in a store. */
export interface ObjectInfo {
  /** Key below the store's root, with `/` between folders. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Identifies exactly these bytes: an S3 or Azure ETag, a Google generation, or a file's inode, size and time of change.
   * Equal tags mean equal content. As `ifMatch` it makes a read or write fail if the object has changed.
   */
  readonly tag: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

export interface ReadOptions {
  /** Position of the first byte, and of the byte after the last. Default: the whole object. */
  readonly range?: { readonly start: number; readonly end: number } | undefined;
  /** Fails with `store-conflict` unless the object still has this tag. */
  readonly ifMatch?: string | undefined;
  /** If the object still has this tag, the read resolves to `undefined` and transfers no bytes. */
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
  /** A tag: fails with `store-conflict` if the object has another tag. `null`: fails if the object exists. */
  readonly ifMatch?: string | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One bucket, container or folder, below one prefix. It has the smallest set of verbs that versions, aliases and parallel
 * downloads need. Keys never begin with `/` and have no `..`. Every method may throw `store-unavailable` (the caller
 * repeats it), `store-denied`, or `store-not-found` if the bucket does not exist.
 */
export interface ObjectStore {
  /** The root as a URI, without a trailing `/`: `s3://bucket/prefix`. */
  readonly uri: string;
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined>;
  /** @throws `store-not-found` if the object does not exist. */
  read(key: string, options?: ReadOptions): Promise<ReadResult | undefined>;
  /** Replaces the whole object at once: a reader gets the old bytes or the new, never a mixture. */
  write(key: string, body: ObjectBody, options?: WriteOptions): Promise<ObjectInfo>;
  /** Objects whose keys begin with `prefix`, in key order. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo>;
  /** Has no effect if the object does not exist. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
}
