import type { IncomingMessage, ServerResponse } from "node:http";

/** A request of `node:http`, with what the framework's middleware adds when it ran first. */
export interface HttpRequest extends IncomingMessage {
  /** The body's bytes, inflated; absent when it is empty. */
  readonly rawBody?: Uint8Array | undefined;
  readonly originalUrl?: string | undefined;
  readonly executionId?: string | undefined;
}

/** What the framework, Express and `node:http` call. */
export type HttpHandler = (request: HttpRequest, response: ServerResponse) => Promise<void>;
