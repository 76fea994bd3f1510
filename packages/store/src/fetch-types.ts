import type { Logger } from "@tricast/core";
import type { Verify } from "./cache/disk-cache.ts";
import type { DownloadOptions } from "./download/transfer.ts";
import type { ObjectStore } from "./object-store.ts";
import type { StoreOptions } from "./store-options.ts";

export interface FetchOptions extends DownloadOptions {
  readonly log?: Logger | undefined;
  /** Folder of the cache; `null`: keep the bytes in memory. Default: `TRICAST_CACHE_DIR`, else `tricast` in the temporary folder. */
  readonly cacheDir?: string | null | undefined;
  /** Bytes of all cached files together. Default: the free space of the disk, less a reserve; at most 10 GiB. */
  readonly maxCacheBytes?: number | undefined;
  /**
   * How a cached file is checked: `quick` (default) by its size and time of change, `full` by its digest once in each
   * process, `again` by its digest now.
   */
  readonly verify?: Verify | undefined;
  /** For a URI: how its store is opened. */
  readonly store?: StoreOptions | undefined;
}

interface Fetched {
  readonly size: number;
  readonly sha256: string | undefined;
  /** Source of the bytes. */
  readonly from: "disk" | "cache" | "store";
  /** Call it when the file is no longer needed, so that the cache may evict it. Has no effect on bytes in memory. */
  release(): void;
}

/** A file, or its bytes if no disk can hold it. */
export type FetchedObject =
  | (Fetched & { readonly path: string; readonly bytes?: undefined })
  | (Fetched & { readonly bytes: Uint8Array; readonly path?: undefined });

/** The address of an object. Its store is opened only if it is needed. */
export interface ObjectAddress {
  /** Without secrets. */
  readonly uri: string;
  readonly name: string;
  readonly key: string;
  /** The path of a local file. */
  readonly path?: string | undefined;
  open(options: StoreOptions | undefined): Promise<ObjectStore> | ObjectStore;
}
