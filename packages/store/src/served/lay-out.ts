import { createHash, randomBytes } from "node:crypto";
import { link, mkdir, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TricastError } from "@tricast/core";
import type { FetchedObject } from "../fetch-types.ts";
import type { Manifest, ManifestFile } from "../versions/manifest.ts";

/**
 * Files of one version as they lie to each other in the store, for a model that refers to its weights by their names.
 * The cache keeps files by content, so this is a folder of links into it, named by what it holds.
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
    throw new TricastError(
      "disk-full",
      `${name}@${version} has ${files.length} files, which only a disk can hold beside each other, and the cache cannot be used; ` +
        "give the instance more scratch space, or export the model as one file",
    );
  });
  // A local store has them in place.
  if (fetched.every(({ from }) => from === "disk")) return paths[0] as string;
  const id = createHash("sha256")
    .update(files.map(({ path, sha256 }) => `${sha256} ${path}\n`).join(""))
    .digest("hex");
  const shelf = join(dirname(dirname(paths[0] as string)), "laid-out");
  const folder = join(shelf, id);
  if (!(await isWhole(folder, files))) await makeFolder(shelf, folder, files, paths);
  return join(folder, first.path);
}

/** A link whose file was evicted leads nowhere. */
async function isWhole(folder: string, files: readonly ManifestFile[]): Promise<boolean> {
  const sizes = await Promise.all(
    files.map(({ path }) =>
      stat(join(folder, path)).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  );
  return files.every(({ size }, index) => size === sizes[index]);
}

/** Gathered beside its place and renamed, so that another process sees all of it or nothing. */
async function makeFolder(
  shelf: string,
  folder: string,
  files: readonly ManifestFile[],
  paths: readonly string[],
): Promise<void> {
  const gathered = join(shelf, `.${randomBytes(6).toString("hex")}`);
  try {
    for (const [index, { path }] of files.entries()) {
      const target = join(gathered, path);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const source = paths[index] as string;
      // Windows lets only some users make symbolic links.
      await symlink(source, target).catch(() => link(source, target));
    }
    await rename(gathered, folder).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
      if (await isWhole(folder, files)) return;
      await rm(folder, { recursive: true, force: true });
      await rename(gathered, folder);
    });
  } finally {
    await rm(gathered, { recursive: true, force: true });
  }
}
