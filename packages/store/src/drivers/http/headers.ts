import type { IncomingHttpHeaders } from "node:http";
import { show } from "@tricast/core/adapter";
import type { ObjectInfo, ReadOptions } from "../../object-store.ts";
import { permanent } from "../../retry.ts";
import { unavailable } from "../errors.ts";

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

/**
 * The whole object's size, from the headers of a complete or partial reply (200, 206, 416).
 * @throws {TricastError} `store-unavailable` for a size that is not a whole number up to 2^53 - 1.
 */
export function totalSize(headers: IncomingHttpHeaders): number | undefined {
  const total = /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1] ?? headers["content-length"];
  if (total === undefined || Number.isSafeInteger(Number(total)))
    return total === undefined ? undefined : Number(total);
  throw permanent(
    unavailable("the reply", `its size is ${show(total.slice(0, 40))}, which no object has; check the server`),
  );
}

/**
 * @throws {TricastError} `store-unavailable` for a partial reply (206) that does not begin where the range does: its bytes
 * would be stored at the wrong place.
 */
export function checkRangeStart(what: string, headers: IncomingHttpHeaders, range: ByteRange | undefined): void {
  const sent = headers["content-range"] ?? "";
  const start = /^bytes (\d+)-\d+\//.exec(sent)?.[1];
  if (start !== undefined && Number(start) === (range?.start ?? 0)) return;
  const asked = `bytes ${range?.start ?? 0}-`;
  throw permanent(
    unavailable(what, `the reply has the range ${show(sent.slice(0, 80))}, not ${asked}; check the server`),
  );
}

/** The part of `range` that exists in an object of `size` bytes. */
export function clampRange(range: ByteRange | undefined, size: number): ByteRange {
  if (range === undefined) return { start: 0, end: size };
  const end = Math.min(range.end, size);
  return { start: Math.min(range.start, end), end };
}
