import { lstat, realpath } from "node:fs/promises";
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
 * Creates the folder, which must belong to this user, or to root, and not be writable by others: they could change files
 * after they were checked.
 *
 * @param shared whether its parent is shared by all users, such as `/tmp`. If the folder belongs to another user then,
 * `FOLDER-UID` is used. In a folder of root that others can write to, such as a volume of Kubernetes, `FOLDER/tricast-UID`
 * is used.
 * @throws an error that names the folder and its owner.
 */
export async function prepareRoot(folder: string, shared: boolean): Promise<string> {
  makeFolder(folder, 0o700);
  const uid = process.getuid?.();
  if (uid === undefined) return folder;
  const root = shared ? folder : await realpath(folder);
  const { uid: owner, mode } = await lstat(root);
  if (await isSafe(root, shared ? [uid] : [uid, 0])) return root;
  if (!shared && owner !== uid && owner !== 0)
    throw new Error(
      `${folder} belongs to another user (${owner}, this is ${uid}); set TRICAST_CACHE_DIR to a folder of this user`,
    );
  const own = shared ? `${folder}-${uid}` : join(root, `tricast-${uid}`);
  makeFolder(own, 0o700);
  if (await isSafe(own, [uid])) return own;
  const state = shared
    ? "belong to another user or are writable by others"
    : `is writable by others (mode ${(mode & 0o777).toString(8)})`;
  throw new Error(
    `${shared ? `${folder} and ${own}` : folder} ${state}; set TRICAST_CACHE_DIR to a folder of this user`,
  );
}

async function isSafe(folder: string, owners: readonly number[]): Promise<boolean> {
  const stats = await lstat(folder);
  return stats.isDirectory() && owners.includes(stats.uid) && (stats.mode & 0o022) === 0;
}
