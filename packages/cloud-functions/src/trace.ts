import type { IncomingHttpHeaders } from "node:http";
import type { HttpRequest } from "./http-request.ts";

/** The id that the framework gives a request or would give it, so that its log lines and ours agree. */
export function toInvocationId(request: HttpRequest): string {
  return request.executionId ?? single(request.headers["function-execution-id"]) ?? randomId();
}

/** The caller's W3C trace context, converted from Google's own header where that is all there is. */
export function toTraceparent(headers: IncomingHttpHeaders): string | undefined {
  return single(headers.traceparent) ?? fromCloudTrace(single(headers["x-cloud-trace-context"]));
}

/**
 * `TRACE_ID/SPAN_ID;o=OPTIONS`: 32 hexadecimal digits, a decimal number of 64 bits, 1 when sampled
 * (cloud.google.com/trace/docs/trace-context). The span and the options may be missing.
 */
export function fromCloudTrace(header: string | undefined): string | undefined {
  const match = header === undefined ? null : /^([\da-f]{32})(?:\/(\d{1,20}))?(?:;o=(\d+))?$/i.exec(header.trim());
  const span = BigInt(match?.[2] ?? 0);
  // W3C has no trace context without a span, nor one of all zeros.
  if (match === null || span === 0n || span > 0xffff_ffff_ffff_ffffn || /^0+$/.test(match[1] as string))
    return undefined;
  const flags = Number(match[3] ?? 0) & 1 ? "01" : "00";
  return `00-${(match[1] as string).toLowerCase()}-${span.toString(16).padStart(16, "0")}-${flags}`;
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** 12 letters and digits, as the framework makes them. */
function randomId(): string {
  return Date.now().toString(36).slice(-6) + Math.random().toString(36).slice(2, 8).padEnd(6, "0");
}
