import type { IncomingMessage, ServerResponse } from "node:http";
import { awaitsContinue, isHttp2 } from "./node-request.ts";

/** Node discards an unread body of this size after the response, and the connection stays open. */
const MOST_DISCARDED_BYTES = 262_144;

/** How long a client may continue to send after its response. */
const LINGER_MS = 2_000;

/** Connections on which bodies are discarded at a time. Reading more of them would keep the event loop from other work. */
const MOST_LINGERING = 16;
let lingering = 0;

/**
 * Whether an unread body may still bring many bytes: it is large, or has no length. The connection then ends with the
 * response. (It also ends where the client waits for a `100` that was not sent; Node does that itself. HTTP/2 ends the
 * stream, and keeps the connection.)
 */
export function isUnreadAndLarge(incoming: IncomingMessage): boolean {
  if (incoming.complete || isHttp2(incoming)) return false;
  const { "content-length": length = 0, "transfer-encoding": coding } = incoming.headers;
  return coding !== undefined || Number(length) > MOST_DISCARDED_BYTES;
}

/**
 * Discards the body, and ends the response when the body has ended, after `maxBytes`, or after {@link LINGER_MS}. A connection
 * that is closed while bytes are unread is reset, and the client may lose the response (RFC 9112, 9.6). Under load, when
 * many clients send what is not read, most responses end at once.
 */
export function endAfterBody(reply: ServerResponse, maxBytes: number): void {
  const { req: incoming } = reply;
  let received = 0;
  const finish = (): void => {
    lingering--;
    clearTimeout(timer);
    incoming.off("data", count).off("end", finish).off("close", finish);
    reply.end();
  };
  const count = (chunk: Buffer): void => {
    received += chunk.length;
    if (received > maxBytes) finish();
  };
  // A client that waits for a `100` has sent nothing.
  const lingers = lingering < MOST_LINGERING && !awaitsContinue(reply);
  lingering++;
  const timer = setTimeout(finish, lingers ? LINGER_MS : 0);
  incoming.on("data", count).once("end", finish).once("close", finish);
}
