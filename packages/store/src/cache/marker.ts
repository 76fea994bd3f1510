import { readFile, writeFile } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";

/** Written beside a file once its digest was found right. */
export interface Marker {
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** Milliseconds since the epoch at which the machine started. */
  readonly boot: number;
}

export const MARKER = ".verified";

/** The clock is set now and then, and suspended machines lose some time. */
const BOOT_TOLERANCE_MS = 60_000;

export async function readMarker(folder: string): Promise<Marker | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, MARKER), "utf8")) as Marker;
  } catch {
    // None, or half of one: the file is verified again.
    return undefined;
  }
}

export async function writeMarker(
  folder: string,
  name: string,
  stats: { size: number; mtimeMs: number },
): Promise<void> {
  const marker: Marker = { name, size: stats.size, mtimeMs: stats.mtimeMs, boot: bootTime() };
  await writeFile(join(folder, MARKER), JSON.stringify(marker));
}

/**
 * Whether the file is still the one that was verified. Nothing is flushed to the disk, so a machine that lost power may
 * come back with a file of the right size and wrong content: what was verified before its start counts for nothing.
 */
export function isCurrent(marker: Marker | undefined, stats: { size: number; mtimeMs: number }): boolean {
  if (marker === undefined) return false;
  const sameStart = Math.abs(marker.boot - bootTime()) < BOOT_TOLERANCE_MS;
  return sameStart && marker.size === stats.size && marker.mtimeMs === stats.mtimeMs;
}

function bootTime(): number {
  return Math.round(Date.now() - uptime() * 1_000);
}
