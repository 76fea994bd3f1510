import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { InferenceResponse } from "@tricast/core";

/** Hands the response to the connection. With `last`, the connection ends with it. */
export function writeResponse(response: InferenceResponse, reply: ServerResponse, last: boolean): void {
  // A client that went away left a closed socket; there is nobody to write to.
  if (reply.destroyed || reply.writableEnded) return;
  const { status, body } = response;
  const headers: OutgoingHttpHeaders = { ...(response.headers as OutgoingHttpHeaders) };
  if (last) headers.connection = "close";
  // Those that have no body must not name a length either (RFC 9110, 8.6); HEAD may leave it out.
  const bodiless = status === 204 || status === 304 || reply.req.method === "HEAD";
  // Node joins a head to a text that follows it, and writes both as UTF-8, which is not what a header is.
  const payload = typeof body === "string" && !isAscii(response.headers) ? Buffer.from(body) : body;
  if (!bodiless) headers["content-length"] = Buffer.byteLength(payload);
  reply.writeHead(status, headers);
  reply.end(bodiless ? undefined : payload);
}

function isAscii(headers: InferenceResponse["headers"]): boolean {
  for (const name in headers) if (BEYOND_ASCII.test(String(headers[name]))) return false;
  return true;
}

const BEYOND_ASCII = /[^\x20-\x7e]/;
