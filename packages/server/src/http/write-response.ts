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
  if (!bodiless) headers["content-length"] = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  reply.writeHead(status, headers);
  reply.end(bodiless ? undefined : body);
}
