import type { Metadata, ServerUnaryCall } from "@grpc/grpc-js";
import { type InferenceRequest, type Invocation, TricastError } from "@tricast/core";
import { toRequestId } from "../request-id.ts";

/** One call in the terms of the pipeline. */
export interface GrpcCall {
  readonly request: InferenceRequest;
  readonly invocation: Invocation & { readonly deadline: number; readonly signal: AbortSignal };
}

/**
 * @param requestTimeoutMs The deadline of calls whose caller set none, or a later one.
 */
export function toGrpcCall(call: ServerUnaryCall<unknown, unknown>, requestTimeoutMs: number): GrpcCall {
  const headers = toHeaders(call.metadata);
  const abort = new AbortController();
  call.on("cancelled", () =>
    abort.abort(new TricastError("request-cancelled", "The client went away before the answer")),
  );
  return {
    request: { method: "POST", path: call.getPath(), query: "", headers, body: undefined },
    invocation: {
      id: toRequestId(headers["x-request-id"]),
      platform: "server",
      deadline: Math.min(Number(call.getDeadline()), Date.now() + requestTimeoutMs),
      signal: abort.signal,
      traceparent: headers.traceparent,
      native: call,
    },
  };
}

/** Binary metadata (`...-bin`) in base64, as it is on the wire. */
export function toHeaders(metadata: Metadata): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const key of Object.keys(metadata.getMap())) {
    const values = metadata.get(key).map((value) => (typeof value === "string" ? value : value.toString("base64")));
    headers[key] = values.join(", ");
  }
  return headers;
}
