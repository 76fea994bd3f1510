import type { ServerResponse } from "node:http";
import type { WholeResponse } from "@tricast/core/adapter";

/** Resolves when the response is handed to the operating system, or when the client has gone. */
export function writeResponse(response: WholeResponse, reply: ServerResponse): Promise<void> {
  // A client that went away left a closed socket; there is nobody to write to.
  if (reply.destroyed || reply.writableEnded) return Promise.resolve();
  const body = typeof response.body === "string" ? Buffer.from(response.body) : response.body;
  reply.statusCode = response.status;
  for (const [name, value] of Object.entries(response.headers)) reply.setHeader(name, value as string | string[]);
  // Those that have no body must not name a length either (RFC 9110, 8.6); HEAD may leave it out.
  const bodiless = response.status === 204 || response.status === 304 || reply.req.method === "HEAD";
  if (!bodiless) reply.setHeader("content-length", body.byteLength);
  return new Promise((resolve) => {
    reply.once("close", resolve);
    reply.end(bodiless ? undefined : body, () => resolve());
  });
}
