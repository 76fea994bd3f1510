import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";

interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
}

/** Written next to a file after its digest was checked. */
export interface Marker extends FileState {
  readonly name: string;
  /** Milliseconds since the epoch at which the machine started. */
  readonly boot: number;
}

export const MARKER = ".verified";

/** Clocks are adjusted, and suspended machines lose some time. */
const BOOT_TOLERANCE_MS = 60_000;

export async function readMarker(folder: string): Promise<Marker | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, MARKER), "utf8")) as Marker;
  } catch {
    // The marker is absent or incomplete. The file is checked again.
    return undefined;
  }
}

export async function writeMarker(folder: string, name: string, { size, mtimeMs }: FileState): Promise<void> {
  const marker: Marker = { name, size, mtimeMs, boot: bootTime() };
  const path = join(folder, MARKER);
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, JSON.stringify(marker), { flag: "wx" });
  // A rename replaces a link, and never writes to its target.
  await rename(temporary, path);
}

/**
 * Whether the file has not changed since it was checked. Files are not flushed to the disk, so after a power loss a file
 * may have the right size and wrong content. Therefore a check from before the machine's last start does not count.
 */
export function isCurrent(marker: Marker | undefined, stats: FileState): boolean {
  if (marker === undefined) return false;
  const sameStart = Math.abs(marker.boot - bootTime()) < BOOT_TOLERANCE_MS;
  return sameStart && marker.size === stats.size && marker.mtimeMs === stats.mtimeMs;
}

function bootTime(): number {
  return Math.round(Date.now() - uptime() * 1_000);
}
