import type { Stats } from "node:fs";
import { hashFile } from "./cache/hash-file.ts";

/** By path, inode, size and time of change. */
const digests = new Map<string, Promise<string>>();
const MOST = 256;

/** SHA-256 of a local file, taken once in each process as long as the file stays as it is. */
export function knownDigest(path: string, { ino, size, mtimeMs }: Stats): Promise<string> {
  const key = [path, ino, size, mtimeMs].join("\0");
  const known = digests.get(key);
  if (known !== undefined) return known;
  if (digests.size >= MOST) digests.clear();
  const digest = hashFile(path);
  digests.set(key, digest);
  digest.catch(() => digests.delete(key));
  return digest;
}
