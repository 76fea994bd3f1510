import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { partialFolder, partialPath, sweepPartial } from "./entries.ts";
import { hashFile } from "./hash-file.ts";
import { retain } from "./in-use.ts";
import { isCurrent, MARKER, readMarker, writeMarker } from "./marker.ts";
import { addName, createPartialFile, type PartialFile } from "./partial-file.ts";
import { makeRoom } from "./room.ts";
import { prepareRoot } from "./root.ts";

export interface CacheOptions {
  /** For all files together. Default: what the disk has free, less a reserve. */
  readonly maxBytes?: number | undefined;
  /**
   * `"quick"` (default): size and time of change are those of the file whose digest was found right since the machine
   * started, else the digest is taken again. `"full"`: the digest is taken again once in each process.
   */
  readonly verify?: "quick" | "full" | undefined;
  /** Whether other users can write beside the folder. */
  readonly shared?: boolean | undefined;
}

export interface CachedFile {
  readonly path: string;
  readonly size: number;
  /** Lets this process evict the file. */
  release(): void;
}

/** What is known of an object whose digest the caller does not know. */
export interface Remembered {
  readonly tag: string;
  readonly sha256: string;
}

/**
 * Files by the SHA-256 of their content: `ROOT/SHA256/NAME`, safe for several processes.
 * @throws whatever the disk says when the folder cannot be made.
 */
export async function openDiskCache(folder: string, options: CacheOptions = {}): Promise<DiskCache> {
  const root = await prepareRoot(folder, options.shared ?? false);
  await sweepPartial(root);
  return new DiskCache(root, options);
}

export class DiskCache {
  readonly root: string;
  readonly #options: CacheOptions;
  readonly #verified = new Set<string>();
  #reserved = 0;

  constructor(root: string, options: CacheOptions) {
    this.root = root;
    this.#options = options;
  }

  folderOf(sha256: string): string {
    return join(this.root, sha256);
  }

  /** The file with this content, under this name. A file that turns out to be broken is removed. */
  async find(sha256: string, name: string): Promise<CachedFile | undefined> {
    const folder = this.folderOf(sha256);
    const release = retain(folder);
    try {
      const size = await this.#check(folder, sha256, name);
      if (size !== undefined) return { path: join(folder, name), size, release };
    } catch {
      // Not there, or going: fetched again.
    }
    release();
    return undefined;
  }

  /**
   * A file to download `size` bytes into, or `undefined` when there is no room for it.
   * @throws whatever a read-only disk says; what is on it can still be found.
   */
  async create(size: number): Promise<PartialFile | undefined> {
    await mkdir(partialFolder(this.root), { recursive: true, mode: 0o700 });
    const { maxBytes } = this.#options;
    if (!(await makeRoom(this.root, size, { maxBytes, reserved: this.#reserved }))) return undefined;
    this.#reserved += size;
    let open = true;
    const settle = () => {
      if (open) this.#reserved -= size;
      open = false;
    };
    const file = await createPartialFile(this.root).catch((error) => {
      settle();
      throw error;
    });
    return {
      destination: file.destination,
      publish: (folder, name) => file.publish(folder, name).finally(settle),
      discard: () => file.discard().finally(settle),
    };
  }

  async recall(uri: string): Promise<Remembered | undefined> {
    try {
      return JSON.parse(await readFile(this.#indexPath(uri), "utf8")) as Remembered;
    } catch {
      return undefined;
    }
  }

  /** Best effort: what is not remembered is fetched again. */
  async remember(uri: string, known: Remembered): Promise<void> {
    const temporary = partialPath(this.root);
    try {
      await mkdir(join(this.root, "index"), { recursive: true });
      await writeFile(temporary, JSON.stringify({ tag: known.tag, sha256: known.sha256 }));
      await rename(temporary, this.#indexPath(uri));
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  #indexPath(uri: string): string {
    return join(this.root, "index", `${createHash("sha256").update(uri).digest("hex")}.json`);
  }

  async #check(folder: string, sha256: string, name: string): Promise<number | undefined> {
    const marker = await readMarker(folder);
    if (marker !== undefined && basename(marker.name) === marker.name && marker.name !== name) {
      await addName(folder, marker.name, name);
    }
    const stats = await stat(join(folder, name));
    const known = isCurrent(marker, stats) && (this.#options.verify !== "full" || this.#verified.has(folder));
    if (!known) {
      if ((await hashFile(join(folder, name))) !== sha256) {
        await rm(folder, { recursive: true, force: true });
        return undefined;
      }
      this.#verified.add(folder);
      await writeMarker(folder, name, stats).catch(() => {});
    }
    const now = Date.now() / 1_000;
    // On a cache that somebody else prepared and mounted read-only, nothing is ever evicted.
    await utimes(join(folder, MARKER), now, now).catch(() => {});
    return (await stat(join(folder, name))).size;
  }
}
