import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, processToken } from "../process-token.ts";
import { isInUse } from "./in-use.ts";
import { MARKER } from "./marker.ts";

/** One folder of the cache: the files of one digest. */
export interface Entry {
  readonly folder: string;
  readonly bytes: number;
  /** Time of the last use, of the marker whose time each use sets. */
  readonly usedMs: number;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** A file that was handed out a moment ago may not be open yet, in this process or another. */
const GRACE_MS = 10_000;
/** A download that lasts touches its file all the time. */
const ABANDONED_MS = 60 * 60_000;

export function partialFolder(root: string): string {
  return join(root, "partial");
}

/** A new name among the files in the making, that tells whose it is. */
export function partialPath(root: string): string {
  return join(partialFolder(root), `${processToken()}.${Math.random().toString(36).slice(2)}`);
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
    // Two names of one file share their bytes.
    const sizes = new Map(stats.map(({ ino, size }) => [ino, size]));
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    return { folder, bytes, usedMs: await usedAt(folder) };
  } catch {
    // Evicted by another process meanwhile.
    return undefined;
  }
}

async function usedAt(folder: string): Promise<number> {
  const { mtimeMs } = await stat(join(folder, MARKER)).catch(() => stat(folder));
  return mtimeMs;
}

/** @returns whether its bytes are free now. */
export async function evict(root: string, { folder, usedMs }: Entry, now: number): Promise<boolean> {
  if (isInUse(folder) || now - usedMs < GRACE_MS) return false;
  const away = partialPath(root);
  try {
    await rename(folder, away);
    // Somebody took it between our look at it and now.
    if (isInUse(folder) || (await usedAt(away)) !== usedMs) {
      await rename(away, folder);
      return false;
    }
    await rm(away, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

/** Removes what killed processes left in the making. @returns the bytes that living ones still have there. */
export async function sweepPartial(root: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(partialFolder(root)).catch(() => [])) {
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
