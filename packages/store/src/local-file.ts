import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { TricastError } from "@tricast/core";
import { type Digest, digestFile } from "./digest.ts";
import { checkDigest, checkSize } from "./download/check-content.ts";
import { missing } from "./drivers/errors.ts";
import type { FetchedObject, FetchOptions } from "./fetch-types.ts";

/** Returns the path of a file on this machine. If a digest is given, the file is read once to check it. */
export async function openLocalFile(file: string, options: FetchOptions): Promise<FetchedObject> {
  const path = resolve(file);
  const stats = await stat(path).catch((cause) => {
    throw missing(`file ${path}`, cause);
  });
  if (!stats.isFile()) throw new TricastError("store-not-found", `${path} is not a file; use the path of a file`);
  checkSize(path, stats.size, options.size);
  const sha256 = options.sha256 && (await knownDigest(path, stats)).sha256;
  checkDigest(path, sha256 ?? "", options.sha256);
  return { path, size: stats.size, sha256, from: "disk", release: () => {} };
}

/** By path, inode, size and time of change. */
const digests = new Map<string, Promise<Digest>>();
const MOST = 256;

/** Computed once in each process while the file does not change. */
function knownDigest(path: string, { ino, size, mtimeMs }: Stats): Promise<Digest> {
  const key = [path, ino, size, mtimeMs].join("\0");
  const known = digests.get(key);
  if (known !== undefined) return known;
  if (digests.size >= MOST) digests.clear();
  const digest = digestFile(path);
  digests.set(key, digest);
  digest.catch(() => digests.delete(key));
  return digest;
}
