import { lstat, mkdir, rm } from "node:fs/promises";
import { systemCode } from "../error-codes.ts";

/** Creates a folder of the cache. A link in its place is removed, so that nothing is written outside of the cache. */
export async function ownFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error) => {
    if (systemCode(error) !== "EEXIST") throw error;
  });
  if ((await lstat(path)).isDirectory()) return path;
  await rm(path);
  await mkdir(path, { mode: 0o700 });
  return path;
}
