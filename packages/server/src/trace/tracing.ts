import type { Context, Span as OtelSpan, Tracer as OtelTracer } from "@opentelemetry/api";
import { currentTracer, importIfInstalled, type Span, setTracer, type Tracer } from "@tricast/core/adapter";
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
    startSpan({ name, kind, startedAt, headers, traceparent, attributes }) {
      // Replaces a header that is invalid or in another format than W3C.
      const carrier = traceparent === undefined ? headers : { ...headers, traceparent };
      const parent = carrier === undefined ? context.active() : propagation.extract(context.active(), carrier);
      const spanKind = kind === "server" ? SpanKind.SERVER : SpanKind.INTERNAL;
      const span = tracer.startSpan(name, { kind: spanKind, startTime: startedAt, attributes }, parent);
      return createSpan(api, tracer, span, parent);
    },
  };
}

function createSpan(api: Api, tracer: OtelTracer, span: OtelSpan, parent: Context): Span {
  const context = api.trace.setSpan(parent, span);
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`,
    child(name) {
      const child = tracer.startSpan(name, { kind: api.SpanKind.INTERNAL }, context);
      return createSpan(api, tracer, child, context);
    },
    run: (work) => api.context.with(context, work),
    end({ name, attributes, error, failed = false } = {}) {
      if (name !== undefined) span.updateName(name);
      if (attributes !== undefined) span.setAttributes(attributes);
      if (error !== undefined) span.setAttribute("error.type", error);
      if (failed) span.setStatus({ code: api.SpanStatusCode.ERROR });
      span.end();
    },
  };
}
