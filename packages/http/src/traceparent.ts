/** version "-" trace-id "-" parent-id "-" trace-flags; later versions may add to it (www.w3.org/TR/trace-context, 3.2). */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

/** `TRACE_ID/SPAN_ID;o=OPTIONS`, the span in decimal (cloud.google.com/trace/docs/trace-context). */
const CLOUD_TRACE = /^([\da-f]{32})\/(\d{1,20})(?:;o=(\d+))?$/i;

/** The caller's W3C trace context, converted from Google's own header if that is the only one. */
export function toTraceparent(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const { traceparent } = headers;
  if (traceparent !== undefined && TRACEPARENT.test(traceparent)) return traceparent;
  const google = headers["x-cloud-trace-context"];
  return google === undefined ? undefined : fromCloudTrace(google);
}

function fromCloudTrace(header: string): string | undefined {
  const [, trace = "", span = "0", options = "0"] = CLOUD_TRACE.exec(header.trim()) ?? [];
  const spanId = BigInt(span).toString(16).padStart(16, "0");
  const parent = `00-${trace.toLowerCase()}-${spanId}-${Number(options) & 1 ? "01" : "00"}`;
  return TRACEPARENT.test(parent) ? parent : undefined;
}
