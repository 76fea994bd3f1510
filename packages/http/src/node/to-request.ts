import type { ServerResponse } from "node:http";
import type { InferenceRequest } from "@tricast/core/adapter";
import { splitTarget } from "../split-target.ts";
import type { Arrivals } from "./arrivals.ts";
import { lateBody } from "./late-body.ts";
import { hasBody, type NodeRequest } from "./node-request.ts";
import { parsedBody, wasRead } from "./parsed-body.ts";
import { toHeaders } from "./to-headers.ts";

/** Converts a request of `node:http` with this target to a plain one. Its body is ready if a parser has read it before. */
export function toRequest(
  incoming: NodeRequest,
  reply: ServerResponse,
  target: string,
  arrivals?: Arrivals,
): InferenceRequest {
  const { path, query } = splitTarget(target);
  const { method = "GET" } = incoming;
  const headers = toHeaders(incoming);
  const prefix = incoming.baseUrl;
  if (!hasBody(incoming)) return { method, path, prefix, query, headers, body: undefined };
  if (!wasRead(incoming)) return { method, path, prefix, query, headers, body: lateBody(incoming, reply, arrivals) };
  // Parsers have inflated it.
  delete headers["content-encoding"];
  return { method, path, prefix, query, headers, body: parsedBody(incoming) };
}
