import { createHash } from "node:crypto";
import { lstat, lutimes, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { digestFile } from "../digest.ts";
import { partialFolder, partialPath, sweepPartial } from "./entries.ts";
import { retain } from "./in-use.ts";
import { isCurrent, MARKER, readMarker, writeMarker } from "./marker.ts";
import { ownFolder } from "./own-folder.ts";
import { addName, createPartialFile, type PartialFile } from "./partial-file.ts";
import { makeRoom } from "./room.ts";
import { prepareRoot } from "./root.ts";

export type Verify = "quick" | "full" | "again";

export interface CacheOptions {
  /** Bytes of all files together. Default: the free space of the disk, less a reserve. */
  readonly maxBytes?: number | undefined;
  /**
   * `"quick"` (default): a file is valid if its size and time of change are unchanged since its digest was checked, and
   * the machine has not restarted since. Otherwise the digest is computed again. `"full"`: the digest is computed once
   * in each process. `"again"`: it is computed at each use, such as after a load that failed.
   */
  readonly verify?: Verify | undefined;
  /** Whether other users can write to the parent folder. */
  readonly shared?: boolean | undefined;
}

export interface CachedFile {
  readonly path: string;
  readonly size: number;
  /** Lets this process evict the file. */
  release(): void;
}

/** The digest that an object had while it had the tag. */
export interface Remembered {
  readonly tag: string;
  readonly sha256: string;
}

/**
 * Files by the SHA-256 of their content: `ROOT/SHA256/NAME`, safe for several processes.
 * @throws the error of the file system if the folder cannot be created.
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

  /** The file with this content, under this name. A file with another content is removed. */
  async find(sha256: string, name: string): Promise<CachedFile | undefined> {
    const folder = this.folderOf(sha256);
    const release = retain(folder);
    try {
      const size = await this.#check(folder, sha256, name);
      if (size !== undefined) return { path: join(folder, name), size, release };
    } catch {
      // The file does not exist, or is being evicted. The caller fetches it again.
    }
    release();
    return undefined;
  }

  /**
   * Creates a file for a download of `size` bytes. `undefined` if the cache has no room for it.
   * @throws the error of a read-only disk, whose files can still be found.
   */
  async create(size: number): Promise<PartialFile | undefined> {
    await ownFolder(partialFolder(this.root));
    const { maxBytes } = this.#options;
    if (!(await makeRoom(this.root, size, { maxBytes, reserved: this.#reserved }))) return undefined;
    this.#reserved += size;
    let open = true;
    const settle = () => {
      if (open) this.#reserved -= size;
      open = false;
    };
    return createPartialFile(this.root, settle).catch((error) => {
      settle();
      throw error;
    });
  }

  async recall(uri: string): Promise<Remembered | undefined> {
    try {
      return JSON.parse(await readFile(this.#indexPath(uri), "utf8")) as Remembered;
    } catch {
      return undefined;
    }
  }

  /** Ignores errors: an object that is not remembered is fetched again. */
  async remember(uri: string, known: Remembered): Promise<void> {
    const temporary = partialPath(this.root);
    try {
      await ownFolder(partialFolder(this.root));
      await ownFolder(join(this.root, "index"));
      await writeFile(temporary, JSON.stringify(known), { flag: "wx" });
      await rename(temporary, this.#indexPath(uri));
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  #indexPath(uri: string): string {
    return join(this.root, "index", `${createHash("sha256").update(uri).digest("hex")}.json`);
  }

  /** Whether size and time of change are enough to accept a file. */
  #isEnough(folder: string): boolean {
    const { verify = "quick" } = this.#options;
    return verify === "quick" || (verify === "full" && this.#verified.has(folder));
  }

  async #check(folder: string, sha256: string, name: string): Promise<number | undefined> {
    // Names and markers would be added where a link leads.
    if (!(await lstat(folder)).isDirectory()) return undefined;
    const marker = await readMarker(folder);
    if (marker !== undefined && basename(marker.name) === marker.name && marker.name !== name) {
      await addName(folder, marker.name, name);
    }
    const stats = await lstat(join(folder, name));
    // A link could lead to a file that changes.
    if (!stats.isFile()) {
      await rm(folder, { recursive: true, force: true });
      return undefined;
    }
    const known = isCurrent(marker, stats) && this.#isEnough(folder);
    if (!known) {
      if ((await digestFile(join(folder, name))).sha256 !== sha256) {
        await rm(folder, { recursive: true, force: true });
        return undefined;
      }
      this.#verified.add(folder);
      await writeMarker(folder, name, stats).catch(() => {});
    }
    const now = Date.now() / 1_000;
    // Fails on a read-only cache, which never evicts files.
    await lutimes(join(folder, MARKER), now, now).catch(() => {});
    return (await stat(join(folder, name))).size;
  }
}
