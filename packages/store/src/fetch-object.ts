import { TricastError } from "@tricast/core";
import { refuseUnknown, show } from "@tricast/core/adapter";
import type { FetchedObject, FetchOptions, ObjectAddress } from "./fetch-types.ts";
import type { ObjectStore } from "./object-store.ts";
import { openStore } from "./open-store.ts";
import { formatUri, parseUri, splitUri } from "./uri.ts";

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
 * Returns an object as a file on this machine: a local file by its path, any other from the disk cache, into which it is
 * downloaded first if needed. If the digest is known, a cached file costs no request. If the disk is full, read-only or
 * missing, the bytes stay in memory, and one warning is logged.
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
    const message = `sha256 is ${show(options.sha256)}; it must be 64 lower-case hexadecimal digits`;
    throw new TricastError("invalid-option", message);
  }
  options.signal?.throwIfAborted();
  if (address.path !== undefined) {
    options.onSent?.();
    return (await import("./local-file.ts")).openLocalFile(address.path, options);
  }
  return (await import("./remote-file.ts")).openRemoteFile(address, options);
}

function toAddress(source: FetchSource): ObjectAddress {
  if (typeof source !== "string") {
    const { store, key } = source;
    const local = !/^[a-z][a-z0-9+.-]+:\/\//.test(store.uri);
    const uri = `${store.uri}/${key}`;
    return { uri, name: nameOf(key), key, path: local ? uri : undefined, open: () => store };
  }
  const { folder, key } = splitUri(source);
  const uri = formatUri(parseUri(source));
  const path = folder.scheme === "file" ? uri : undefined;
  return { uri, name: nameOf(key), key, path, open: (options) => openStore(folder, options) };
}

/** The last part of a key, changed so that every system accepts it as a file's name. */
function nameOf(key: string): string {
  const name = key.slice(key.lastIndexOf("/") + 1).replace(/[<>:"|?*\\\p{Cc}]/gu, "_");
  return /^\.|^$/.test(name) ? `_${name}` : name;
}
