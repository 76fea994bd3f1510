import { type Adapter, answerPing, type ReceivedRequest, type WholeResponse } from "@tricast/core/adapter";
import { isTextType } from "../body.ts";
import type { LambdaContext } from "../context.ts";
import { InvocationFailure } from "../failure.ts";
import { toInvocation } from "../invocation.ts";
import { LAMBDA_REPLY_BYTES, refuseOver } from "../limits.ts";
import { AWS_LAMBDA } from "../platform.ts";

const JSON_HEADERS: ReceivedRequest["headers"] = Object.freeze({
  "content-type": "application/json",
  accept: "application/json",
});

/** A request for one prediction, made of an event without HTTP. */
export function predictionRequest(body: ReceivedRequest["body"]): ReceivedRequest {
  return { method: "POST", path: "/predict", query: "", headers: JSON_HEADERS, body };
}

/** The adapter of events without HTTP. Its result is the prediction itself, or a failure for the handler to throw. */
export function eventAdapter<Event>(
  toRequest: (event: Event) => ReceivedRequest,
  toPing: Adapter<Event, LambdaContext, unknown>["toPing"] = () => undefined,
): Adapter<Event, LambdaContext, unknown> {
  return {
    platform: AWS_LAMBDA,
    toPing,
    toInvocation: (_event, context) => toInvocation(context),
    toRequest,
    toResult: toDirectResult,
    toPong: (report, ping) => answerPing(ping, report),
  };
}

/** The event of a direct invocation is the input itself. */
export function fromDirectEvent(event: unknown): ReceivedRequest {
  return predictionRequest(event === undefined ? undefined : JSON.stringify(event));
}

/** Bytes that a predictor returned, in a reply that must be JSON. */
export interface DirectBytes {
  readonly contentType: string;
  readonly body: string;
  readonly isBase64Encoded: true;
}

/**
 * The prediction itself, as a JSON value. A failure is returned as an {@link InvocationFailure} for the handler
 * to throw: Lambda marks an invocation as failed only if the handler throws.
 */
export function toDirectResult(response: WholeResponse): unknown {
  const failure = InvocationFailure.from(response);
  if (failure !== undefined) return failure;
  const contentType = response.headers["content-type"];
  if (typeof response.body !== "string" && !isTextType(contentType)) return toDirectBytes(response.body, contentType);
  const text = typeof response.body === "string" ? response.body : Buffer.from(response.body).toString("utf8");
  refuseOver(Buffer.byteLength(text), LAMBDA_REPLY_BYTES);
  if (text === "") return null;
  return isJson(contentType) ? parseExact(text) : text;
}

function toDirectBytes(bytes: Uint8Array, contentType: string | readonly string[] | undefined): DirectBytes {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  refuseOver(body.length, LAMBDA_REPLY_BYTES);
  return { contentType: String(contentType ?? "application/octet-stream"), body, isBase64Encoded: true };
}

function isJson(contentType: string | readonly string[] | undefined): boolean {
  return typeof contentType === "string" && /^application\/(json|[\w.-]+\+json)\b/i.test(contentType);
}

/** More digits than a double holds, at the start of a number: a 64-bit integer. */
const LONG_INTEGER = /(?<![.\d])\d{16}/;

/** Parses so that the runtime client's `JSON.stringify` writes every digit of a 64-bit integer back. */
function parseExact(text: string): unknown {
  if (!LONG_INTEGER.test(text)) return JSON.parse(text);
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
}

/** Node 22 and later pass the source text of a value to a reviver and take it back raw; the ES2024 library does not list either yet. */
export const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function keepDigits(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || context.source === undefined) return value;
  return /^-?\d+$/.test(context.source) ? rawJSON(context.source) : value;
}
