import { TricastError } from "@tricast/core";
import { refuseUnknown, show } from "@tricast/core/adapter";
import type { FetchedObject, FetchOptions, ObjectAddress } from "./fetch-types.ts";
import type { ObjectStore } from "./object-store.ts";
import { openStore } from "./open-store.ts";
import { formatUri, joinKey, type StoreUri, splitUri } from "./uri.ts";

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
  const address = toAddress(source);
  refuseUnknown(options, OPTIONS, `fetchObject(${show(address.uri)})`);
  if (options.sha256 !== undefined && !/^[0-9a-f]{64}$/.test(options.sha256)) {
    throw new TricastError(
      "invalid-option",
      `sha256 is ${show(options.sha256)}; it must be 64 small hexadecimal digits`,
    );
  }
  options.signal?.throwIfAborted();
  if (address.path !== undefined) {
    options.onSent?.();
    return (await import("./local-file.ts")).openLocalFile(address.path, options);
  }
  return (await import("./remote-file.ts")).openRemoteFile(address, options);
}

function toAddress(source: FetchSource): ObjectAddress {
  if (typeof source !== "string") return addressIn(source.store, source.key);
  const { folder, key } = splitUri(source);
  const uri = formatUri(within(folder, key));
  const path = folder.scheme === "file" ? uri : undefined;
  return { uri, name: nameOf(key), key, path, open: (options) => openStore(folder, options) };
}

function addressIn(store: ObjectStore, key: string): ObjectAddress {
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
