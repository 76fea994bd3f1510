/**
 * Creates a folder and its parents, like `mkdir -p`. The `recursive` option of Node never returns for a folder in /proc,
 * where a new folder has the error of a missing parent.
 * @throws the error of the file system.
 */
export function makeFolder(path: string, mode?: number): void {
  const { mkdirSync, statSync } = process.getBuiltinModule("node:fs");
  const { dirname } = process.getBuiltinModule("node:path");
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(path);
    if (code === "ENOENT" && parent !== path && statSync(parent, { throwIfNoEntry: false }) === undefined) {
      makeFolder(parent, mode);
      makeFolder(path, mode);
    } else if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
