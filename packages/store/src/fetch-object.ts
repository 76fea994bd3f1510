import { type Logger, TricastError } from "@tricast/core";
import { refuseUnknown, show } from "@tricast/core/adapter";
import type { ObjectStore } from "./object-store.ts";
import { openStore, type StoreOptions } from "./open-store.ts";
import { formatUri, joinKey, type StoreUri, splitUri } from "./uri.ts";

export interface FetchOptions {
  /** 64 hexadecimal digits. Without it the cache is asked by address and tag, which costs one request. */
  readonly sha256?: string | undefined;
  /** Bytes; with it all connections start at once. */
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly log?: Logger | undefined;
  /** Folder of the cache; `null`: keep the bytes in memory. Default: `TRICAST_CACHE_DIR`, else `tricast` in the temporary folder. */
  readonly cacheDir?: string | null | undefined;
  /** Bytes of all cached files together. Default: what the disk has free, less a reserve; at most 10 GiB. */
  readonly maxCacheBytes?: number | undefined;
  /** How a cached file is trusted: by size and time of change since its digest was taken, or by its digest again. */
  readonly verify?: "quick" | "full" | undefined;
  /** Default: a bar when standard error is a terminal. */
  readonly onProgress?: ((received: number, size: number) => void) | undefined;
  /** Called once, when the first requests have left, or when none is needed: work that blocks the thread may begin. */
  readonly onSent?: (() => void) | undefined;
  /** Requests at a time. Default 8. */
  readonly connections?: number | undefined;
  /** A connection that brings less than 8 KB/s for so long is replaced. Default 10000. */
  readonly stallMs?: number | undefined;
  /** First pause after a failure, doubled for each further one. Default 100. */
  readonly retryMs?: number | undefined;
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

export type FetchSource = string | { readonly store: ObjectStore; readonly key: string };

const OPTIONS = [
  "sha256",
  "size",
  "signal",
  "log",
  "cacheDir",
  "maxCacheBytes",
  "verify",
  "onProgress",
  "onSent",
  "connections",
  "stallMs",
  "retryMs",
  "store",
];

/**
 * An object as a file on this machine: where it lies, if it is local; from the disk cache; else downloaded into it. With
 * a known digest a cached file costs no request. Where the disk is full, read-only or missing, the bytes stay in memory,
 * with one warning.
 *
 * @example
 * const labels = await fetchObject("s3://models/iris/v7/labels.txt", { size: 27 });
 * console.log(labels.path ?? labels.bytes);
 * labels.release();
 *
 * @throws {TricastError} `store-not-found`, `store-denied`, `store-unavailable`, `store-conflict`, `digest-mismatch`,
 * `missing-dependency`, `invalid-option`
 */
export async function fetchObject(source: FetchSource, options: FetchOptions = {}): Promise<FetchedObject> {
  const place = toPlace(source);
  refuseUnknown(options, OPTIONS, `fetchObject(${show(place.uri)})`);
  if (options.sha256 !== undefined && !/^[0-9a-f]{64}$/.test(options.sha256)) {
    throw new TricastError(
      "invalid-option",
      `sha256 is ${show(options.sha256)}; it must be 64 small hexadecimal digits`,
    );
  }
  options.signal?.throwIfAborted();
  if (place.path !== undefined) {
    options.onSent?.();
    return (await import("./local-file.ts")).openLocalFile(place.path, options);
  }
  return (await import("./remote-file.ts")).openRemoteFile(place, options);
}

/** Where an object is, and how to open its store only when it is needed. */
export interface Place {
  /** Without secrets. */
  readonly uri: string;
  readonly name: string;
  readonly key: string;
  /** The path of a local file. */
  readonly path?: string | undefined;
  open(options: StoreOptions | undefined): Promise<ObjectStore> | ObjectStore;
}

function toPlace(source: FetchSource): Place {
  if (typeof source !== "string") return placeIn(source.store, source.key);
  const { folder, key } = splitUri(source);
  const uri = formatUri(within(folder, key));
  const path = folder.scheme === "file" ? uri : undefined;
  return { uri, name: nameOf(key), key, path, open: (options) => openStore(folder, options) };
}

function placeIn(store: ObjectStore, key: string): Place {
  const local = !/^[a-z][a-z0-9+.-]+:\/\//.test(store.uri);
  const uri = `${store.uri}/${key}`;
  return { uri, name: nameOf(key), key, path: local ? uri : undefined, open: () => store };
}

function within(folder: StoreUri, key: string): StoreUri {
  if (folder.scheme === "file" || folder.scheme === "https") {
    const path = folder.path === "" ? key : `${folder.path.replace(/\/$/, "")}/${key}`;
    return { ...folder, path };
  }
  return { ...folder, key: joinKey(folder.key, key) };
}

/** The last part of a key, as a file's name on every system. */
function nameOf(key: string): string {
  const name = key.slice(key.lastIndexOf("/") + 1).replace(/[<>:"|?*\\\p{Cc}]/gu, "_");
  return /^\.|^$/.test(name) ? `_${name}` : name;
}
