import { lstat, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, processToken } from "../process-token.ts";
import { isInUse } from "./in-use.ts";
import { MARKER } from "./marker.ts";

/** One folder of the cache: the files of one digest. */
export interface Entry {
  readonly folder: string;
  readonly bytes: number;
  /** Time of the last use. Each use sets the marker's time of change. */
  readonly usedMs: number;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** A process that has just found a file may not have opened it yet. */
const GRACE_MS = 10_000;
/** A running download changes its file continuously. */
const ABANDONED_MS = 60 * 60_000;

export function partialFolder(root: string): string {
  return join(root, "partial");
}

/** A new path for an unfinished file. Its name identifies this process. */
export function partialPath(root: string): string {
  return join(partialFolder(root), `${processToken()}.${Math.random().toString(36).slice(2)}`);
}

/** The folder of models with several files, one folder for each, with hard links to the files of entries. */
export function laidOutFolder(root: string): string {
  return join(root, "laid-out");
}

export async function listEntries(root: string): Promise<Entry[]> {
  const names = (await readdir(root).catch(() => [])).filter((name) => DIGEST.test(name));
  const entries = await Promise.all(names.map((name) => readEntry(join(root, name))));
  return entries.filter((entry) => entry !== undefined).sort((a, b) => a.usedMs - b.usedMs);
}

async function readEntry(folder: string): Promise<Entry | undefined> {
  try {
    const files = (await readdir(folder)).map((name) => join(folder, name));
    const stats = await Promise.all(files.map((file) => stat(file)));
    // Hard links to one file share their bytes.
    const sizes = new Map(stats.map(({ ino, size }) => [ino, size]));
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    return { folder, bytes, usedMs: await usedAt(folder) };
  } catch {
    // Another process evicted it.
    return undefined;
  }
}

async function usedAt(folder: string): Promise<number> {
  const { mtimeMs } = await stat(join(folder, MARKER)).catch(() => stat(folder));
  return mtimeMs;
}

/** @returns whether the entry was deleted. */
export async function evict(root: string, { folder, usedMs }: Entry, now: number): Promise<boolean> {
  if (isInUse(folder) || now - usedMs < GRACE_MS) return false;
  const away = partialPath(root);
  try {
    await rename(folder, away);
    // It was used after it was listed.
    if (isInUse(folder) || (await usedAt(away)) !== usedMs) {
      await rename(away, folder);
      return false;
    }
    await removeLinks(root, away);
    await rm(away, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

/** Removes the folders of models that hold links to the files of an entry. Their bytes would stay on the disk. */
async function removeLinks(root: string, entry: string): Promise<void> {
  const inodes = new Set(await linkedInodes(entry));
  if (inodes.size === 0) return;
  for (const name of await namesIn(laidOutFolder(root))) {
    const folder = join(laidOutFolder(root), name);
    // Another process may be removing it.
    const linked = await linkedInodes(folder).catch(() => []);
    if (linked.some((inode) => inodes.has(inode))) await rm(folder, { recursive: true, force: true });
  }
}

/** The files of a folder that have another name as well. */
async function linkedInodes(folder: string): Promise<number[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const stats = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))));
  return stats.filter(({ nlink }) => nlink > 1).map(({ ino }) => ino);
}

/** Empty for a link: nothing is removed outside of the cache. */
async function namesIn(folder: string): Promise<string[]> {
  const isFolder = await lstat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isFolder ? readdir(folder).catch(() => []) : [];
}

/** Removes unfinished files of processes that were killed. @returns the bytes of those that are still being written. */
export async function sweepPartial(root: string): Promise<number> {
  let bytes = 0;
  for (const name of await namesIn(partialFolder(root))) {
    const path = join(partialFolder(root), name);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) continue;
    const alive = isAlive(name.split(".")[0] as string);
    if (alive === false || Date.now() - stats.mtimeMs > ABANDONED_MS) {
      await rm(path, { recursive: true, force: true }).catch(() => {});
    } else bytes += stats.size;
  }
  return bytes;
}
