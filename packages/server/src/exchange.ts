import type { IncomingMessage, ServerResponse } from "node:http";
import { type InferenceRequest, type Invocation, TricastError } from "@tricast/core";
import { toHeaders } from "./http/to-headers.ts";
import { type Target, toTarget } from "./http/to-target.ts";
import { toRequestId } from "./request-id.ts";
import type { Match } from "./router.ts";
import { toTraceparent } from "./trace/traceparent.ts";
import type { RequestSpan } from "./trace/tracing.ts";

/** One request on its connection, from its head to the end of its answer. */
export class Exchange {
  readonly incoming: IncomingMessage;
  readonly reply: ServerResponse;
  readonly startedAt = performance.now();
  readonly method: string;
  readonly target: Target;
  readonly headers: Record<string, string>;
  /** Set once the router has found it. */
  match: Match | undefined = undefined;
  /** Where predictions are traced. */
  span: RequestSpan | undefined = undefined;
  /** Code of the error it was answered with, where the server knows. */
  code: string | undefined = undefined;
  private readonly client = new AbortController();
  private made: Invocation | undefined;

  constructor(incoming: IncomingMessage, reply: ServerResponse) {
    this.incoming = incoming;
    this.reply = reply;
    this.method = incoming.method ?? "GET";
    this.target = toTarget(incoming.url ?? "/");
    this.headers = toHeaders(incoming.rawHeaders);
  }

  get signal(): AbortSignal {
    return this.client.signal;
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.client.abort(new TricastError("request-cancelled", "The client went away before the answer"));
  }

  request(body: Uint8Array | undefined): InferenceRequest {
    const { method, target, headers } = this;
    return { method, path: target.path, query: target.query, headers, body };
  }

  /** @param timeoutMs From now to the deadline, at the first call. */
  invocation(timeoutMs: number): Invocation {
    this.made ??= {
      id: toRequestId(this.headers["x-request-id"]),
      platform: "server",
      deadline: Date.now() + timeoutMs,
      signal: this.client.signal,
      traceparent: this.span?.traceparent ?? toTraceparent(this.headers),
      native: this.incoming,
    };
    return this.made;
  }
}
