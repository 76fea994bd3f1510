import type { IncomingHttpHeaders } from "node:http";

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** RFC 9110, 14.1.2: both ends are included. A range to the end of the object has none. */
export function rangeHeader({ start, end }: ByteRange): string {
  return Number.isFinite(end) ? `bytes=${start}-${end - 1}` : `bytes=${start}-`;
}

/** The whole object's size as a reply tells it, of a part (206, 416) or of all of it. */
export function totalSize(headers: IncomingHttpHeaders): number | undefined {
  const total = /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1] ?? headers["content-length"];
  return total === undefined ? undefined : Number(total);
}

/** What of `range` an object of `size` bytes has. */
export function clampRange(range: ByteRange | undefined, size: number): ByteRange {
  if (range === undefined) return { start: 0, end: size };
  const end = Math.min(range.end, size);
  return { start: Math.min(range.start, end), end };
}
