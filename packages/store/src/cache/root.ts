import { lstat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "@tricast/core/adapter";

/**
 * The folder of fetched models: `TRICAST_CACHE_DIR`, else on Lambda `/tmp/tricast` (only `/tmp` is writable), else
 * `tricast` in the system's temporary folder. `undefined` with `TRICAST_CACHE_DIR=none`, which keeps models in memory.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.TRICAST_CACHE_DIR) return env.TRICAST_CACHE_DIR === "none" ? undefined : env.TRICAST_CACHE_DIR;
  return join(env.AWS_LAMBDA_FUNCTION_NAME ? "/tmp" : tmpdir(), "tricast");
}

/**
 * Creates the folder. If its parent is shared by all users, the folder may belong to another user, who could change files
 * after they were checked. Then `FOLDER-UID`, a folder of this user, is used.
 */
export async function prepareRoot(folder: string, shared: boolean): Promise<string> {
  makeFolder(folder, 0o700);
  const uid = process.getuid?.();
  if (!shared || uid === undefined || (await isOurs(folder, uid))) return folder;
  const own = `${folder}-${uid}`;
  makeFolder(own, 0o700);
  if (await isOurs(own, uid)) return own;
  throw new Error(`${folder} and ${own} belong to another user or are writable by others; set TRICAST_CACHE_DIR`);
}

async function isOurs(folder: string, uid: number): Promise<boolean> {
  const stats = await lstat(folder);
  return stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0;
}
