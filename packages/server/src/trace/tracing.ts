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

const PACKAGE = "@opentelemetry/api";
const SCOPE = "@tricast/server";

type Api = typeof import("@opentelemetry/api");

/** Every copy of the API keeps what is registered with it under a global symbol of this name and its major version. */
const GLOBAL_PREFIX = "opentelemetry.js.api.";

/** Whether anything has registered with OpenTelemetry in this process. Costs no import. */
export function hasOpenTelemetry(): boolean {
  return Object.getOwnPropertySymbols(globalThis).some(({ description }) => description?.startsWith(GLOBAL_PREFIX));
}

/** Sends the spans of the core to the SDK that has registered. Without one, or with another tracer, nothing happens. */
export async function traceToOpenTelemetry(): Promise<void> {
  if (currentTracer() !== undefined) return;
  const api = await importIfInstalled<Api>(PACKAGE, () => import("@opentelemetry/api"));
  if (api !== undefined && hasProvider(api)) setTracer(new OpenTelemetryTracer(api));
}

/** Until an SDK registers, the provider is a proxy with nothing behind it. */
function hasProvider({ trace }: Api): boolean {
  const provider = trace.getTracerProvider() as { getDelegateTracer?: (name: string) => unknown };
  return provider.getDelegateTracer === undefined || provider.getDelegateTracer(SCOPE) !== undefined;
}

class OpenTelemetryTracer implements Tracer {
  private readonly api: Api;
  private readonly tracer: OtelTracer;

  constructor(api: Api) {
    this.api = api;
    this.tracer = api.trace.getTracer(SCOPE, VERSION);
  }

  startSpan({ name, kind, startedAt, headers, traceparent, attributes }: SpanStart): Span {
    const { context, propagation, SpanKind } = this.api;
    // Also in place of a header that is not valid, or is not W3C's.
    const carrier = traceparent === undefined ? headers : { ...headers, traceparent };
    const parent = carrier === undefined ? context.active() : propagation.extract(context.active(), carrier);
    const options = { kind: kind === "server" ? SpanKind.SERVER : SpanKind.INTERNAL, startTime: startedAt, attributes };
    return new OpenTelemetrySpan(this.api, this.tracer, this.tracer.startSpan(name, options, parent), parent);
  }
}

class OpenTelemetrySpan implements Span {
  readonly traceparent: string;
  private readonly api: Api;
  private readonly tracer: OtelTracer;
  private readonly span: OtelSpan;
  /** In which the span is the active one. */
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
