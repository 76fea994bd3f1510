import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

export interface TemporaryCache {
  readonly folder: string;
  /** Paths of all files below it; the index of addresses is left out. */
  files(): Promise<string[]>;
  clear(): Promise<void>;
  remove(): Promise<void>;
}

/** A cache folder of one test file. */
export async function temporaryCache(): Promise<TemporaryCache> {
  const folder = await mkdtemp(join(tmpdir(), "tricast-cache-"));
  return {
    folder,
    files: async () => {
      const entries = await readdir(folder, { withFileTypes: true, recursive: true });
      const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      return files.map((file) => relative(folder, file)).filter((file) => !file.startsWith("index"));
    },
    clear: async () => {
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
