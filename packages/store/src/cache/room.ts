import { statfs } from "node:fs/promises";
import { evict, listEntries, sweepPartial } from "./entries.ts";

const MIB = 1024 * 1024;
/** What the disk keeps for logs, sockets and the user's own files. */
const RESERVE_BYTES = 32 * MIB;
/** On a disk that is not all ours. */
const LARGEST_BYTES = 10 * 1024 * MIB;
/** tmpfs, ramfs: their files are the instance's memory (statfs(2)). */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

/**
 * Makes room for `size` more bytes, least recently used files first.
 * @param maxBytes for all files together. Default: what is free and ours, less a reserve; where files are memory, half of it.
 * @param reserved bytes that downloads of this process will still write.
 * @returns whether there is room.
 */
export async function makeRoom(
  root: string,
  size: number,
  { maxBytes, reserved }: { readonly maxBytes: number | undefined; readonly reserved: number },
): Promise<boolean> {
  const [entries, partial, disk] = await Promise.all([listEntries(root), sweepPartial(root), statfs(root)]);
  const used = entries.reduce((sum, entry) => sum + entry.bytes, partial);
  const free = disk.bavail * disk.bsize - RESERVE_BYTES;
  const limit = maxBytes ?? Math.min(LARGEST_BYTES, memoryShare(disk.type), used + free);
  const wanted = size + reserved;
  let missing = Math.max(used + wanted - limit, wanted - free);
  if (missing - evictable(entries) > 0) return false;
  for (const entry of entries) {
    if (missing <= 0) break;
    if (await evict(root, entry, Date.now())) missing -= entry.bytes;
  }
  return missing <= 0;
}

function evictable(entries: readonly { readonly bytes: number }[]): number {
  return entries.reduce((sum, entry) => sum + entry.bytes, 0);
}

/** Cloud Run and Cloud Run functions keep files in memory too, on a file system that does not say so. */
function memoryShare(type: number): number {
  const inMemory = IN_MEMORY.has(type) || process.env.K_SERVICE !== undefined;
  return inMemory ? Math.floor(process.constrainedMemory() / 2) || Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY;
}
