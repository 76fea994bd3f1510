import { unavailable } from "../errors.ts";
import type { WireReadOptions } from "../wire.ts";
import { networkError } from "./client.ts";
import type { HttpBody, HttpReply } from "./http-types.ts";

/** Limit for replies that are read whole. Errors and lists are much smaller. */
const TEXT_BYTES = 8 * 1024 * 1024;

interface Wanted extends Pick<WireReadOptions, "reuse" | "signal"> {
  readonly what: string;
  readonly skip?: number;
  readonly length: number;
}

/**
 * Exactly `length` bytes of a reply, beginning at `skip`.
 * @throws {TricastError} `store-unavailable` when the connection breaks or the body ends early.
 */
export async function* readBody(
  body: HttpBody,
  { what, skip = 0, length, reuse = false, signal }: Wanted,
): AsyncGenerator<Uint8Array> {
  const more = Number(body.headers["content-length"]) > skip + length;
  let ahead = skip;
  let left = length;
  try {
    for await (const piece of body) {
      const wanted = piece.subarray(ahead, ahead + left);
      ahead = Math.max(0, ahead - piece.length);
      left -= wanted.length;
      if (wanted.length > 0) yield reuse ? wanted : new Uint8Array(wanted);
      // If the reply has no more bytes, reading on to its end keeps the connection open for another request.
      if (left === 0 && more) break;
    }
  } catch (cause) {
    throw signal?.aborted ? signal.reason : networkError(what, cause);
  } finally {
    body.destroy();
  }
  if (left > 0) throw unavailable(what, `the body ended ${left} bytes early`);
}

export async function readText({ body }: HttpReply, what: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of body) {
      size += piece.length;
      if (size > TEXT_BYTES) throw new Error(`more than ${TEXT_BYTES} bytes`);
      pieces.push(new Uint8Array(piece));
    }
  } catch (cause) {
    throw networkError(what, cause);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** Reads a short body to its end, so that the connection can be used again, and drops a long one. */
export function discard({ body }: HttpReply): void {
  const length = Number(body.headers["content-length"] ?? Number.NaN);
  if (length < 64 * 1024 || Number.isNaN(length)) drain(body).catch(() => {});
  else body.destroy();
}

async function drain(body: HttpBody): Promise<void> {
  for await (const _ of body);
}
