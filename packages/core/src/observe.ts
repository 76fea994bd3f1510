import { now } from "./clock.ts";
import { ERRORS, TricastError } from "./errors.ts";
import { createLogger } from "./log.ts";
import { show } from "./options.ts";
import type { PlatformTraits } from "./platform.ts";
import type { InferenceResponse, Invocation, Outcome, RequestHead } from "./seam.ts";
import type { Attributes, Span } from "./trace.ts";
import { currentTracer } from "./tracer.ts";

/** How one request ended. */
export interface RequestRecord {
  readonly invocation: Invocation;
  /** Missing where the event could not be translated. */
  readonly head: RequestHead | undefined;
  readonly outcome: Outcome;
  readonly status: number;
  /** Time from the event to the end of its response. */
  readonly seconds: number;
  /** Size of the response's body. */
  readonly bytes: number;
}

/** Receives a record of each request, however it ended. Health checks and pings leave no record. */
export type Recorder = (record: RequestRecord) => void;

/** A log line for each request, or for a fraction of them. */
export function accessLog(platform: PlatformTraits, fraction: number): Recorder | undefined {
  if (fraction === 0) return undefined;
  return ({ invocation, head, outcome, status, seconds, bytes }) => {
    if (fraction < 1 && Math.random() >= fraction) return;
    createLogger(platform, invocation).info("request", {
      method: head?.method,
      path: head?.path,
      operation: outcome.operation,
      status,
      code: outcome.error?.code,
      ms: Math.round(seconds * 1e6) / 1e3,
      bytes,
    });
  };
}

/**
 * `TRICAST_ACCESS_LOG`: a fraction from 0 (none) to 1 (all). Default: 0, because platforms log requests themselves.
 * @throws {TricastError} `invalid-option`.
 */
export function accessLogFraction(): number {
  const text = process.env.TRICAST_ACCESS_LOG ?? "0";
  const fraction = text.trim() === "" ? Number.NaN : Number(text);
  if (fraction >= 0 && fraction <= 1) return fraction;
  throw new TricastError("invalid-option", `TRICAST_ACCESS_LOG is ${show(text)}; it must be a number from 0 to 1`);
}

/** Watches one request: its span, from the event to the end of its response, and its record. */
export class Observation {
  private readonly startedAt = now();
  private readonly startedDate = Date.now();
  private readonly recorder: Recorder | undefined;
  private invocation: Invocation;
  private head: RequestHead | undefined;
  private span: Span | undefined;
  private ended = false;

  constructor(invocation: Invocation, recorder: Recorder | undefined) {
    this.invocation = invocation;
    this.recorder = recorder;
  }

  /** Opens the span. Returns the invocation that carries it. */
  begin(head: RequestHead): Invocation {
    this.head = head;
    this.open();
    return this.invocation;
  }

  /** Runs `work` with the span as the active one. */
  within<T>(work: () => T): T {
    return this.span === undefined ? work() : this.span.run(work);
  }

  /** `bytes` is the size of the response's body. The first end counts. */
  end({ status, outcome }: InferenceResponse, bytes: number): void {
    // A span that does not end is not exported.
    if (this.ended || outcome === undefined) return;
    this.ended = true;
    if (this.head === undefined) this.open();
    const { head, invocation, span } = this;
    const { operation, route = operation, error } = outcome;
    span?.end({
      name: head === undefined ? operation : `${head.method} ${route}`,
      attributes: { "http.route": route, "http.response.status_code": status },
      error: error?.code,
      // A stream can fail after its status was sent.
      failed: Math.max(status, error === undefined ? 0 : ERRORS[error.code].status) >= 500,
    });
    this.recorder?.({ invocation, head, outcome, status, seconds: (now() - this.startedAt) / 1000, bytes });
  }

  private open(): void {
    const tracer = currentTracer();
    if (tracer === undefined) return;
    const { head, invocation } = this;
    this.span = tracer.startSpan({
      name: head?.method ?? "invocation",
      kind: "server",
      startedAt: this.startedDate,
      headers: head?.headers,
      traceparent: invocation.traceparent,
      attributes: attributesOf(head),
    });
    this.invocation = { ...invocation, span: this.span, traceparent: this.span.traceparent };
  }
}

/** opentelemetry.io/docs/specs/semconv/http/http-spans: HTTP server span */
function attributesOf(head: RequestHead | undefined): Attributes {
  if (head === undefined) return {};
  const [scheme = "http"] = (head.headers["x-forwarded-proto"] ?? "http").split(",");
  return { "http.request.method": head.method, "url.path": head.path, "url.scheme": scheme.trim() };
}
