import type { IncomingMessage } from "node:http";

/** Node discards an unread body of this size after the response, and the connection stays open. */
const MOST_DISCARDED_BYTES = 262_144;

/** How long a client may continue to send after its response. */
const LINGER_MS = 2_000;

/**
 * Whether an unread body may still bring many bytes: it is large, or has no length. The connection then ends with the
 * response. (It also ends where the client waits for a `100` that was not sent; Node does that itself.)
 */
export function isUnreadAndLarge({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false;
  const { "content-length": length = 0, "transfer-encoding": coding } = headers;
  return coding !== undefined || Number(length) > MOST_DISCARDED_BYTES;
}

/**
 * Discards the body, and calls `done` when it has ended, after `maxBytes`, or after {@link LINGER_MS}. A connection that
 * is closed while bytes are unread is reset, and the client may lose the response (RFC 9112, 9.6).
 */
export function discardBody(incoming: IncomingMessage, maxBytes: number, done: () => void): void {
  let received = 0;
  const finish = (): void => {
    clearTimeout(timer);
    incoming.off("data", count).off("end", finish).off("close", finish);
    done();
  };
  const count = (chunk: Buffer): void => {
    received += chunk.length;
    if (received > maxBytes) finish();
  };
  // A client that waits for a `100` has sent nothing.
  const timer = setTimeout(finish, incoming.headers.expect === undefined ? LINGER_MS : 0);
  incoming.on("data", count).once("end", finish).once("close", finish);
}
