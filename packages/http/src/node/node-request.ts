import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";

/**
 * A request of `node:http`, or of the compatibility API of `node:http2`, with the members that body parsers add.
 * Both have the same members, except where code calls {@link isHttp2}.
 */
export interface NodeRequest extends IncomingMessage {
  /** The body as sent, but inflated: functions-framework sets it, and `express.json({ verify })` can. */
  readonly rawBody?: Uint8Array | string | undefined;
  /** The path that a router of Express or Connect is mounted at, which it removes from `url`. */
  readonly baseUrl?: string | undefined;
  /** The body as `express.json()`, `express.text()` or `express.raw()` parsed it. */
  readonly body?: unknown;
}

export function isHttp2({ httpVersionMajor }: IncomingMessage): boolean {
  return httpVersionMajor === 2;
}

/** The stream of a request or a response of `node:http2`. */
export function http2Stream(message: IncomingMessage | ServerResponse): ServerHttp2Stream | undefined {
  return (message as { readonly stream?: ServerHttp2Stream }).stream;
}

/** Whether a request announces a body (RFC 9112, 6.3); in HTTP/2 the frame of its headers does (RFC 9113, 8.1). */
export function hasBody(incoming: IncomingMessage): boolean {
  const { "content-length": length = 0, "transfer-encoding": coding } = incoming.headers;
  if (Number(length) !== 0 || coding !== undefined) return true;
  return isHttp2(incoming) && http2Stream(incoming)?.endAfterHeaders === false;
}

/** Whether the client of `reply` waits for a `100` before it sends the body. Node sends one itself, except at `checkContinue`. */
export function awaitsContinue(reply: ServerResponse): boolean {
  const hasContinued = (reply as { readonly _sent100?: boolean })._sent100 === true;
  return !hasContinued && reply.req.headers.expect?.toLowerCase() === "100-continue";
}
