import { lstat, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Where fetched models are kept: `TRICAST_CACHE_DIR`, else on Lambda `/tmp/tricast` (the only writable place), else
 * `tricast` in the system's folder for temporary files. `TRICAST_CACHE_DIR=none` keeps them in memory.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.TRICAST_CACHE_DIR) return env.TRICAST_CACHE_DIR === "none" ? undefined : env.TRICAST_CACHE_DIR;
  return join(env.AWS_LAMBDA_FUNCTION_NAME ? "/tmp" : tmpdir(), "tricast");
}

/**
 * Makes the folder. In a place that all users share another one may have made it first, and could change what is in it
 * after it was verified: then our own beside it is taken.
 */
export async function prepareRoot(folder: string, shared: boolean): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const uid = process.getuid?.();
  if (!shared || uid === undefined || (await isOurs(folder, uid))) return folder;
  const own = `${folder}-${uid}`;
  await mkdir(own, { recursive: true, mode: 0o700 });
  if (await isOurs(own, uid)) return own;
  throw new Error(`${folder} and ${own} belong to another user`);
}

async function isOurs(folder: string, uid: number): Promise<boolean> {
  const stats = await lstat(folder);
  return stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0;
}
