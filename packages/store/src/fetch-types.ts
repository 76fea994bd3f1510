import type { Logger } from "@tricast/core";
import type { DownloadOptions } from "./download/transfer.ts";
import type { ObjectStore } from "./object-store.ts";
import type { StoreOptions } from "./store-options.ts";

export interface FetchOptions extends Omit<DownloadOptions, "attempts"> {
  readonly log?: Logger | undefined;
  /** Folder of the cache; `null`: keep the bytes in memory. Default: `TRICAST_CACHE_DIR`, else `tricast` in the temporary folder. */
  readonly cacheDir?: string | null | undefined;
  /** Bytes of all cached files together. Default: what the disk has free, less a reserve; at most 10 GiB. */
  readonly maxCacheBytes?: number | undefined;
  /** How a cached file is trusted: by size and time of change since its digest was taken, or by its digest again. */
  readonly verify?: "quick" | "full" | undefined;
  /** For a URI: how its store is opened. */
  readonly store?: StoreOptions | undefined;
}

interface Fetched {
  readonly size: number;
  readonly sha256: string | undefined;
  /** Where the bytes came from. */
  readonly from: "disk" | "cache" | "store";
  /** The file is no longer needed: the cache may evict it. Bytes in memory are the caller's own. */
  release(): void;
}

/** A file where there is a disk, else its bytes. */
export type FetchedObject =
  | (Fetched & { readonly path: string; readonly bytes?: undefined })
  | (Fetched & { readonly bytes: Uint8Array; readonly path?: undefined });

/** Where an object is, and how to open its store only when it is needed. */
export interface ObjectAddress {
  /** Without secrets. */
  readonly uri: string;
  readonly name: string;
  readonly key: string;
  /** The path of a local file. */
  readonly path?: string | undefined;
  open(options: StoreOptions | undefined): Promise<ObjectStore> | ObjectStore;
}
