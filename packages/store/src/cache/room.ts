import { statfs } from "node:fs/promises";
import { evict, listEntries, sweepPartial } from "./entries.ts";

const MIB = 1024 * 1024;
/** Space that stays free for logs, sockets and the user's own files. */
const RESERVE_BYTES = 32 * MIB;
/** The cache may share the disk with other programs. */
const LARGEST_BYTES = 10 * 1024 * MIB;
/** tmpfs and ramfs, which keep files in the instance's memory (statfs(2)). */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

/**
 * Makes room for `size` more bytes. Evicts the least recently used files first.
 * @param maxBytes of all files together. Default: the cache's files and the free space, less a reserve. If files are kept
 * in memory, at most half of the memory.
 * @param reserved bytes that downloads of this process will still write.
 * @returns whether the cache has room.
 */
export async function makeRoom(
  root: string,
  size: number,
  { maxBytes, reserved }: { readonly maxBytes: number | undefined; readonly reserved: number },
): Promise<boolean> {
  const [entries, partial, disk] = await Promise.all([listEntries(root), sweepPartial(root), statfs(root)]);
  const evictable = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const used = evictable + partial;
  const free = disk.bavail * disk.bsize - RESERVE_BYTES;
  const limit = maxBytes ?? Math.min(LARGEST_BYTES, memoryShare(disk.type), used + free);
  const wanted = size + reserved;
  let missing = Math.max(used + wanted - limit, wanted - free);
  if (missing > evictable) return false;
  for (const entry of entries) {
    if (missing <= 0) break;
    if (await evict(root, entry, Date.now())) missing -= entry.bytes;
  }
  return missing <= 0;
}

/** Cloud Run and Cloud Run functions keep files in memory too, but their file system has another type. */
function memoryShare(type: number): number {
  const inMemory = IN_MEMORY.has(type) || process.env.K_SERVICE !== undefined;
  return (inMemory && Math.floor(process.constrainedMemory() / 2)) || Number.POSITIVE_INFINITY;
}
