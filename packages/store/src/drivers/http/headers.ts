import type { IncomingHttpHeaders } from "node:http";
import type { ObjectInfo, ReadOptions } from "../../object-store.ts";

type ByteRange = NonNullable<ReadOptions["range"]>;

/** RFC 9110, 14.1.2: the range includes both ends. A range to the end of the object has no last position. */
function rangeHeader({ start, end }: ByteRange): string {
  return Number.isFinite(end) ? `bytes=${start}-${end - 1}` : `bytes=${start}-`;
}

/** The conditions of a read as the headers of RFC 9110. */
export function readHeaders({ range, ifMatch, ifNoneMatch }: ReadOptions): Record<string, string> {
  return {
    ...(range && { range: rangeHeader(range) }),
    ...(ifMatch && { "if-match": ifMatch }),
    ...(ifNoneMatch && { "if-none-match": ifNoneMatch }),
  };
}

/** The facts of an object in a reply's headers. */
export function infoOf(key: string, headers: IncomingHttpHeaders, tag = headers.etag ?? ""): ObjectInfo {
  const modified = Date.parse(headers["last-modified"] ?? "") || 0;
  return { key, size: totalSize(headers) ?? 0, tag, modified };
}

/** The whole object's size, from the headers of a complete or partial reply (200, 206, 416). */
export function totalSize(headers: IncomingHttpHeaders): number | undefined {
  const total = /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1] ?? headers["content-length"];
  return total === undefined ? undefined : Number(total);
}

/** The part of `range` that exists in an object of `size` bytes. */
export function clampRange(range: ByteRange | undefined, size: number): ByteRange {
  if (range === undefined) return { start: 0, end: size };
  const end = Math.min(range.end, size);
  return { start: Math.min(range.start, end), end };
}
