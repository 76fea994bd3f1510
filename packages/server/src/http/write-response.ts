import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { InferenceResponse } from "@tricast/core";
import { discardBody, isUnreadAndLarge } from "./unread-body.ts";

export interface Ending {
  /** The connection ends with this response. */
  readonly last: boolean;
  /** Most bytes of an unread body that are received, and discarded, after the response. */
  readonly maxUnreadBytes: number;
}

/** Hands the response to the connection. */
export function writeResponse(response: InferenceResponse, reply: ServerResponse, ending: Ending): void {
  // A client that went away left a closed socket; there is nobody to write to.
  if (reply.destroyed || reply.writableEnded) return;
  const { status, body } = response;
  const headers: OutgoingHttpHeaders = { ...(response.headers as OutgoingHttpHeaders) };
  const lingers = isUnreadAndLarge(reply.req);
  if (ending.last || lingers) headers.connection = "close";
  // Those that have no body must not name a length either (RFC 9110, 8.6); HEAD may leave it out.
  const bodiless = status === 204 || status === 304 || reply.req.method === "HEAD";
  // Node joins a head to a text that follows it, and writes both as UTF-8, which is not what a header is.
  const payload = typeof body === "string" && !isAscii(response.headers) ? Buffer.from(body) : body;
  if (!bodiless) headers["content-length"] = Buffer.byteLength(payload);
  reply.writeHead(status, headers);
  if (!lingers) reply.end(bodiless ? undefined : payload);
  else {
    if (bodiless || payload.length === 0) reply.flushHeaders();
    else reply.write(payload);
    discardBody(reply.req, ending.maxUnreadBytes, () => reply.end());
  }
}

function isAscii(headers: InferenceResponse["headers"]): boolean {
  for (const name in headers) if (BEYOND_ASCII.test(String(headers[name]))) return false;
  return true;
}

const BEYOND_ASCII = /[^\x20-\x7e]/;
