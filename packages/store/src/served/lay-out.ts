import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, link, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TricastError } from "@tricast/core";
import { laidOutFolder } from "../cache/entries.ts";
import { ownFolder } from "../cache/own-folder.ts";
import { systemCode } from "../error-codes.ts";
import type { FetchedObject } from "../fetch-types.ts";
import type { Manifest, ManifestFile } from "../versions/manifest.ts";

/**
 * Creates a folder in which the files of one version have the paths of the manifest, for a model that refers to its
 * weights by path. The cache stores files by content, so the folder holds hard links to its files. Symbolic links would not
 * do: ONNX Runtime resolves them, and refuses weights outside the folder of the model ("escapes model directory").
 * @returns the path of the first file.
 */
export async function layOut(
  { name, version }: Manifest,
  files: readonly ManifestFile[],
  fetched: readonly FetchedObject[],
): Promise<string> {
  const first = files[0] as ManifestFile;
  const paths = fetched.map(({ path }) => {
    if (path !== undefined) return path;
    const message = `${name}@${version} has ${files.length} files, which need a disk, and the disk cache cannot be used`;
    const fix = "give the instance more temporary disk space, or export the model as one file";
    throw new TricastError("disk-full", `${message}; ${fix}`);
  });
  // In a folder as a store, the files already have these paths.
  if (fetched.every(({ from }) => from === "disk")) return paths[0] as string;
  const id = createHash("sha256")
    .update(files.map(({ path, sha256 }) => `${sha256} ${path}\n`).join(""))
    .digest("hex");
  const folder = join(laidOutFolder(dirname(dirname(paths[0] as string))), id);
  if (!(await isWhole(folder, files, paths))) await makeFolder(folder, files, paths);
  return join(folder, first.path);
}

/** Whether all files are those of the cache, which may have fetched one again. Copies never are. */
async function isWhole(folder: string, files: readonly ManifestFile[], cached: readonly string[]): Promise<boolean> {
  const same = files.map(async ({ path }, index) => {
    const [laidOut, source] = await Promise.all([stat(join(folder, path)), stat(cached[index] as string)]);
    return laidOut.ino === source.ino;
  });
  return (await Promise.all(same).catch(() => [false])).every(Boolean);
}

/** Creates the folder under a temporary name and renames it, so that other processes see it only when it is complete. */
async function makeFolder(folder: string, files: readonly ManifestFile[], cached: readonly string[]): Promise<void> {
  const gathered = join(await ownFolder(dirname(folder)), `.${randomBytes(6).toString("hex")}`);
  try {
    for (const [index, { path }] of files.entries()) {
      const target = join(gathered, path);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await linkOrCopy(cached[index] as string, target);
    }
    await rename(gathered, folder).catch(async (error) => {
      if (!["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(systemCode(error))) throw error;
      if (await isWhole(folder, files, cached)) return;
      await rm(folder, { recursive: true, force: true });
      await rename(gathered, folder);
    });
  } finally {
    await rm(gathered, { recursive: true, force: true });
  }
}

/** Some file systems have no hard links, such as exFAT. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
}
