import { chmod, type FileHandle, link, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Destination, fileDestination } from "../download/destination.ts";
import { partialPath } from "./entries.ts";
import { writeMarker } from "./marker.ts";

/** A file in the making. It becomes visible under its digest at once and whole, or never. */
export interface PartialFile {
  readonly destination: Destination;
  /** @returns its final path. */
  publish(folder: string, name: string): Promise<string>;
  discard(): Promise<void>;
}

/** A fault of the cache's disk, after which a download goes to memory. */
export class DiskFault extends Error {}

export async function createPartialFile(root: string): Promise<PartialFile> {
  const path = partialPath(root);
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "wx+", 0o600);
  const discard = async () => {
    await file.close().catch(() => {});
    await rm(path, { force: true }).catch(() => {});
  };
  return {
    destination: guarded(fileDestination(file)),
    discard,
    publish: async (folder, name) => {
      try {
        return await publish(file, path, folder, name);
      } catch (cause) {
        await discard();
        throw new DiskFault((cause as Error).message, { cause });
      }
    },
  };
}

/** Another process may publish the same digest: the later rename replaces the same bytes by the same. */
async function publish(file: FileHandle, path: string, folder: string, name: string): Promise<string> {
  await file.close();
  // Nobody writes into it any more, not even by mistake: sessions map it into memory.
  await chmod(path, 0o400);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const final = join(folder, name);
  await rename(path, final);
  await writeMarker(folder, name, await stat(final));
  return final;
}

/** The same bytes under a second name. */
export async function addName(folder: string, known: string, name: string): Promise<void> {
  try {
    await link(join(folder, known), join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function guarded(destination: Destination): Destination {
  const guard = async <T>(task: () => Promise<T> | T): Promise<T> => {
    try {
      return await task();
    } catch (cause) {
      throw new DiskFault((cause as Error).message, { cause });
    }
  };
  return {
    write: (piece, position) => guard(() => destination.write(piece, position)),
    read: (start, end) => guard(() => destination.read(start, end)),
  };
}
