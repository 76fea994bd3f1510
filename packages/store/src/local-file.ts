import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { checkDigest, checkSize } from "./download/check-content.ts";
import { missing } from "./drivers/errors.ts";
import type { FetchedObject, FetchOptions } from "./fetch-types.ts";
import { knownDigest } from "./known-digest.ts";

/** A file that is on this machine already is used where it lies; with a digest it is read once to check it. */
export async function openLocalFile(file: string, options: FetchOptions): Promise<FetchedObject> {
  const path = resolve(file);
  const stats = await stat(path).catch((cause) => {
    throw missing(`file ${path}`, cause);
  });
  if (!stats.isFile()) throw missing(`file ${path}: it is a folder`);
  checkSize(path, stats.size, options.size);
  const sha256 = options.sha256 && (await knownDigest(path, stats));
  checkDigest(path, sha256 ?? "", options.sha256);
  return { path, size: stats.size, sha256, from: "disk", release: () => {} };
}
