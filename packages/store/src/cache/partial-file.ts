import { chmod, type FileHandle, link, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Destination, fileDestination } from "../download/destination.ts";
import { systemCode } from "../error-codes.ts";
import { partialPath } from "./entries.ts";
import { writeMarker } from "./marker.ts";
import { ownFolder } from "./own-folder.ts";

/** An unfinished file. It becomes visible under its digest when it is complete, or never. */
export interface PartialFile {
  readonly destination: Destination;
  /** @returns its final path. */
  publish(folder: string, name: string): Promise<string>;
  discard(): Promise<void>;
}

/** An error of the cache's disk. The download then uses memory. */
export class DiskFault extends Error {}

/** @param settled called after the file was published or discarded, and possibly again. */
export async function createPartialFile(root: string, settled: () => void): Promise<PartialFile> {
  const path = partialPath(root);
  const file = await open(path, "wx+", 0o600);
  const discard = async () => {
    await file.close().catch(() => {});
    await rm(path, { force: true }).catch(() => {});
    settled();
  };
  const { write, read } = fileDestination(file);
  return {
    destination: {
      write: (piece, position) => onDisk(() => write(piece, position)),
      read: (start, end) => onDisk(() => read(start, end)),
    },
    discard,
    publish: (folder, name) => onDisk(() => publish(file, path, folder, name)).finally(discard),
  };
}

async function onDisk<T>(task: () => Promise<T> | T): Promise<T> {
  try {
    return await task();
  } catch (cause) {
    throw new DiskFault((cause as Error).message, { cause });
  }
}

/** Another process may publish the same digest. The later rename then replaces a file by one with the same bytes. */
async function publish(file: FileHandle, path: string, folder: string, name: string): Promise<string> {
  await file.close();
  // Sessions map the file into memory, so it must not change any more.
  await chmod(path, 0o400);
  await ownFolder(folder);
  const final = join(folder, name);
  await rename(path, final);
  await writeMarker(folder, name, await stat(final));
  return final;
}

/** Adds a second name for the same bytes. */
export async function addName(folder: string, known: string, name: string): Promise<void> {
  try {
    await link(join(folder, known), join(folder, name));
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
  }
}
