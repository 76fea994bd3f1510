import type { Context, Span as OtelSpan, Tracer as OtelTracer } from "@opentelemetry/api";
import {
  currentTracer,
  importIfInstalled,
  type Span,
  type SpanEnd,
  type SpanStart,
  setTracer,
  type Tracer,
} from "@tricast/core/adapter";
import { VERSION } from "../version.ts";

const SCOPE = "@tricast/server";

type Api = typeof import("@opentelemetry/api");

/** Every copy of the API keeps its registrations under a global symbol with this name and the major version. */
const GLOBAL_PREFIX = "opentelemetry.js.api.";

/** Whether an SDK has registered with OpenTelemetry in this process. Does not import the API. */
export function hasOpenTelemetry(): boolean {
  return Object.getOwnPropertySymbols(globalThis).some(({ description }) => description?.startsWith(GLOBAL_PREFIX));
}

/** Sends the spans of the core to the registered SDK. Does nothing without an SDK, or if the core has another tracer. */
export async function traceToOpenTelemetry(): Promise<void> {
  if (currentTracer() !== undefined) return;
  const api = await importIfInstalled<Api>("@opentelemetry/api", () => import("@opentelemetry/api"));
  if (api !== undefined && hasProvider(api)) setTracer(createTracer(api));
}

/** Until an SDK registers, the provider is a proxy without a delegate. */
function hasProvider({ trace }: Api): boolean {
  const provider = trace.getTracerProvider() as { getDelegateTracer?: (name: string) => unknown };
  return provider.getDelegateTracer === undefined || provider.getDelegateTracer(SCOPE) !== undefined;
}

function createTracer(api: Api): Tracer {
  const { context, propagation, SpanKind } = api;
  const tracer = api.trace.getTracer(SCOPE, VERSION);
  return {
    startSpan({ name, kind, startedAt, headers, traceparent, attributes }: SpanStart): Span {
      // Replaces a header that is invalid or in another format than W3C.
      const carrier = traceparent === undefined ? headers : { ...headers, traceparent };
      const parent = carrier === undefined ? context.active() : propagation.extract(context.active(), carrier);
      const spanKind = kind === "server" ? SpanKind.SERVER : SpanKind.INTERNAL;
      const span = tracer.startSpan(name, { kind: spanKind, startTime: startedAt, attributes }, parent);
      return new OpenTelemetrySpan(api, tracer, span, parent);
    },
  };
}

class OpenTelemetrySpan implements Span {
  readonly traceparent: string;
  private readonly api: Api;
  private readonly tracer: OtelTracer;
  private readonly span: OtelSpan;
  /** The context in which this span is active. */
  private readonly context: Context;

  constructor(api: Api, tracer: OtelTracer, span: OtelSpan, parent: Context) {
    this.api = api;
    this.tracer = tracer;
    this.span = span;
    this.context = api.trace.setSpan(parent, span);
    this.traceparent = toTraceparent(span);
  }

  child(name: string): Span {
    const span = this.tracer.startSpan(name, { kind: this.api.SpanKind.INTERNAL }, this.context);
    return new OpenTelemetrySpan(this.api, this.tracer, span, this.context);
  }

  run<T>(work: () => T): T {
    return this.api.context.with(this.context, work);
  }

  end({ name, attributes, error, failed = false }: SpanEnd = {}): void {
    const { span } = this;
    if (name !== undefined) span.updateName(name);
    if (attributes !== undefined) span.setAttributes(attributes);
    if (error !== undefined) span.setAttribute("error.type", error);
    if (failed) span.setStatus({ code: this.api.SpanStatusCode.ERROR });
    span.end();
  }
}

function toTraceparent(span: OtelSpan): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}
