import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { InferenceResponse, StreamedResponse, WholeResponse } from "@tricast/core/adapter";
import { http2Stream, isHttp2 } from "./node-request.ts";
import { endAfterBody, isUnreadAndLarge } from "./unread-body.ts";

export interface Ending {
  /** The connection ends with this response. */
  readonly last: boolean;
  /** Most bytes of an unread body that are received, and discarded, after the response. */
  readonly maxUnreadBytes: number;
}

/** Writes the response to the connection. */
export function writeResponse(response: WholeResponse, reply: ServerResponse, ending: Ending): void {
  // Its client went away, or other code has answered.
  if (isGone(reply) || reply.writableEnded) return;
  const { status, body } = response;
  // Node joins the headers and a text body, and writes both as UTF-8. Headers must be sent as Latin-1.
  const payload = typeof body === "string" && !isAscii(response.headers) ? Buffer.from(body) : body;
  const bodiless = isBodiless(status, reply);
  const headers = { ...response.headers };
  if (!bodiless) headers["content-length"] = String(Buffer.byteLength(payload));
  const lingers = isUnreadAndLarge(reply.req);
  writeHead(status, headers, reply, ending.last || lingers);
  if (!lingers) reply.end(bodiless ? undefined : payload);
  else {
    if (bodiless || payload.length === 0) reply.flushHeaders();
    else reply.write(payload);
    endAfterBody(reply, ending.maxUnreadBytes);
  }
}

/**
 * Writes a streamed response as fast as its client reads. An error after the first chunk breaks the connection, so that
 * the client does not take a part for the whole.
 * @throws the error of a body that fails before its first chunk, or of a header that cannot be sent. Then nothing is sent.
 */
export async function writeStream(response: StreamedResponse, reply: ServerResponse, ending: Ending): Promise<void> {
  const chunks = response.body[Symbol.asyncIterator]();
  if (isBodiless(response.status, reply)) {
    await chunks.return?.();
    writeResponse({ ...response, body: "" }, reply, ending);
    return;
  }
  const first = await chunks.next();
  const lingers = isUnreadAndLarge(reply.req);
  try {
    writeHead(response.status, response.headers, reply, ending.last || lingers);
    await writeChunks(first, chunks, reply);
  } catch (error) {
    await chunks.return?.();
    if (!reply.headersSent) throw error;
    breakOff(reply);
    return;
  }
  if (lingers) endAfterBody(reply, ending.maxUnreadBytes);
  else reply.end();
}

async function writeChunks(
  first: IteratorResult<Uint8Array>,
  chunks: AsyncIterator<Uint8Array>,
  reply: ServerResponse,
): Promise<void> {
  for (let next = first; next.done !== true; next = await chunks.next()) {
    if (!reply.write(next.value)) await writable(reply);
  }
}

function writeHead(status: number, headers: InferenceResponse["headers"], reply: ServerResponse, last: boolean): void {
  reply.writeHead(status, (last ? { ...headers, connection: "close" } : headers) as OutgoingHttpHeaders);
}

/** Responses without a body must not name a length either (RFC 9110, 8.6); HEAD may leave it out. */
function isBodiless(status: number, { req }: ServerResponse): boolean {
  return status === 204 || status === 304 || req.method === "HEAD";
}

/** Ends a response so that its client sees that a part is missing. Without an error, HTTP/2 ends it like a whole response. */
export function breakOff(reply: ServerResponse): void {
  reply.destroy(isHttp2(reply.req) ? new Error("The response broke off") : undefined);
}

function isGone(reply: ServerResponse): boolean {
  return reply.destroyed || http2Stream(reply)?.destroyed === true;
}

/** Resolves when more can be written, or the client has gone away. Its invocation then aborts, which ends the body with an error. */
function writable(reply: ServerResponse): Promise<void> {
  if (isGone(reply)) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      reply.off("drain", settle).off("close", settle);
      resolve();
    };
    reply.on("drain", settle).on("close", settle);
  });
}

function isAscii(headers: InferenceResponse["headers"]): boolean {
  for (const name in headers) if (BEYOND_ASCII.test(String(headers[name]))) return false;
  return true;
}

const BEYOND_ASCII = /[^\x20-\x7e]/;
