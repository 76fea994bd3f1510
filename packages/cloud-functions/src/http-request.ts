import type { ServerResponse } from "node:http";
import type { NodeRequest } from "@tricast/http/node";

/** A request of `node:http`, with what the framework's middleware adds when it ran first. */
export interface HttpRequest extends NodeRequest {
  readonly originalUrl?: string | undefined;
  readonly executionId?: string | undefined;
}

/** What the framework, Express and `node:http` call. */
export type HttpHandler = (request: HttpRequest, response: ServerResponse) => Promise<void>;
