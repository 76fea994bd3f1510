import type { ServerResponse } from "node:http";
import type { NodeRequest } from "@tricast/http/node";

/** A request of `node:http`, with the members that the framework's middleware adds if it runs first. */
export interface HttpRequest extends NodeRequest {
  readonly originalUrl?: string | undefined;
  readonly executionId?: string | undefined;
}

/** The function that the framework, Express and `node:http` call. */
export type HttpHandler = (request: HttpRequest, response: ServerResponse) => Promise<void>;
