import { type Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { encodeTarget } from "./azure-rpc.ts";

/** YARP does not forward them (microsoft/reverse-proxy: RequestUtilities.cs, HeadersToExclude). */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "te", "trailer", "upgrade", "proxy-connection", "host"]);

export interface Forwarding {
  /** The worker's own server. */
  readonly uri: string;
  /** Of the invocation. */
  readonly id: string;
  readonly agent: Agent;
}

/**
 * Sends a request on to the worker's server and its response to the client, both as they arrive (azure-functions-host:
 * DefaultHttpProxyService.cs, ScriptInvocationRequestTransformer.cs). A client that goes away ends the connection to the
 * worker.
 */
export function forward(
  request: IncomingMessage,
  reply: ServerResponse,
  { uri, id, agent }: Forwarding,
): { readonly ended: Promise<void>; abandon(): void } {
  const { port } = new URL(uri);
  // The library names localhost, which a container without /etc/hosts does not know.
  const target = { hostname: "127.0.0.1", port, method: request.method, path: encodeTarget(request.url ?? "/"), agent };
  const outgoing = httpRequest({ ...target, headers: forwardedHeaders(request, id) });
  const ended = new Promise<void>((resolve) => {
    reply.once("close", () => {
      if (!reply.writableFinished) outgoing.destroy();
      resolve();
    });
  });
  outgoing.once("response", (incoming) => {
    reply.writeHead(incoming.statusCode ?? 502, endToEnd(incoming.rawHeaders));
    incoming.pipe(reply);
    incoming.once("close", () => incoming.complete || reply.destroy());
  });
  outgoing.on("error", () => {
    if (reply.headersSent) reply.destroy();
    else if (!reply.destroyed) reply.writeHead(500).end();
  });
  request.pipe(outgoing);
  request.once("close", () => request.complete || outgoing.destroy());
  return {
    ended,
    abandon: () => outgoing.destroy(),
  };
}

function forwardedHeaders({ headers, rawHeaders }: IncomingMessage, id: string): string[] {
  const own = ["x-ms-invocation-id", id, "x-forwarded-host", headers.host ?? "localhost", "x-forwarded-proto", "http"];
  const replaced = new Set(own.filter((_, index) => index % 2 === 0));
  const kept = endToEnd(rawHeaders).filter(
    (_, index, all) => !replaced.has((all[index - (index % 2)] ?? "").toLowerCase()),
  );
  return ["host", "localhost", ...kept, ...own];
}

/** Names and values in turn. */
function endToEnd(raw: readonly string[]): string[] {
  return raw.filter((_, index) => !HOP_BY_HOP.has((raw[index - (index % 2)] ?? "").toLowerCase()));
}
