import type { Span, SpanStatusCode } from "@opentelemetry/api";
import { importIfInstalled } from "../optional-import.ts";
import { VERSION } from "../version.ts";

/** One request as OpenTelemetry sees it. */
export interface RequestSpan {
  /** W3C trace context of the span itself, for `predict` to hand on. */
  readonly traceparent: string;
  /** Runs `work` with the span as the active one, so that spans made in it are its children. */
  run<T>(work: () => T): T;
  end(status: number, code: string | undefined): void;
}

export interface SpanStart {
  readonly method: string;
  /** The path of the route, with names in place of values, so that spans group. */
  readonly route: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type StartSpan = (start: SpanStart) => RequestSpan;

const PACKAGE = "@opentelemetry/api";

type Api = typeof import("@opentelemetry/api");

/** `undefined` where the package is not installed, or no SDK has registered with it. */
export async function findTracing(): Promise<StartSpan | undefined> {
  const api = await importIfInstalled<Api>(PACKAGE, () => import("@opentelemetry/api"));
  if (api === undefined || !hasProvider(api)) return undefined;
  const tracer = api.trace.getTracer("@tricast/server", VERSION);
  return ({ method, route, path, headers }) => {
    const parent = api.propagation.extract(api.context.active(), headers);
    // opentelemetry.io/docs/specs/semconv/http/http-spans: HTTP server span
    const attributes = { "http.request.method": method, "http.route": route, "url.path": path, "url.scheme": "http" };
    const span = tracer.startSpan(`${method} ${route}`, { kind: api.SpanKind.SERVER, attributes }, parent);
    const active = api.trace.setSpan(parent, span);
    return {
      traceparent: toTraceparent(span),
      run: (work) => api.context.with(active, work),
      end: (status, code) => end(span, status, code, api.SpanStatusCode.ERROR),
    };
  };
}

/** Until an SDK registers, the provider is a proxy with nothing behind it. */
function hasProvider({ trace }: Api): boolean {
  const provider = trace.getTracerProvider() as { getDelegateTracer?: (name: string) => unknown };
  return provider.getDelegateTracer === undefined || provider.getDelegateTracer("@tricast/server") !== undefined;
}

function toTraceparent(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** A server span is an error from 500 on; below, the client is to blame. */
function end(span: Span, status: number, code: string | undefined, error: SpanStatusCode): void {
  span.setAttribute("http.response.status_code", status);
  if (code !== undefined) span.setAttribute("error.type", code);
  if (status >= 500) span.setStatus({ code: error });
  span.end();
}
