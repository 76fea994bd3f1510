import { isUtf8 } from "node:buffer";
import { TricastError } from "@tricast/core";
import type { BodyReader, ReadyBody, RequestHead, WholeResponse } from "@tricast/core/adapter";

/** The two members of every HTTP event of AWS that carry its body. */
export interface WireBody {
  /** Absent, `null` or empty where the request has none. A body parser that ran before may have left an object. */
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean | null;
}

/**
 * The bytes or the text of an event's body, never re-encoded. If the platform has damaged the body, the result is a reader
 * that fails with `invalid-body`, so that the core sends the same response as for any bad body, with CORS headers.
 */
export function decodeBody(
  body: unknown,
  isBase64Encoded: boolean | null | undefined,
  headers: RequestHead["headers"],
): ReadyBody | BodyReader {
  if (body === undefined || body === null || body === "") return undefined;
  if (typeof body === "string") {
    if (isBase64Encoded === true) return decodeBase64(body);
    return isLossy(body, headers["content-type"]) ? { read: refuseLossy } : body;
  }
  if (body instanceof Uint8Array) return body;
  // middy's http-json-body-parser, run before our handler, replaces the text with the parsed value.
  return JSON.stringify(body);
}

/** `Buffer.from` skips what is not base64; only an exact round trip proves that nothing was skipped. */
function decodeBase64(text: string): Uint8Array | BodyReader {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : { read: refuseBase64 };
}

/** Whether bytes were read as UTF-8 text before they reached us: U+FFFD replaces those that are not. */
function isLossy(text: string, contentType: string | undefined): boolean {
  return text.includes("\ufffd") && contentType !== undefined && !isTextType(contentType);
}

async function refuseLossy(): Promise<never> {
  throw new TricastError(
    "invalid-body",
    "The gateway passed a binary body on as text, which loses bytes; add its content type to the API's binaryMediaTypes, or send the body as base64 with isBase64Encoded: true",
  );
}

async function refuseBase64(): Promise<never> {
  throw new TricastError(
    "invalid-body",
    "The event has isBase64Encoded: true, and its body is not canonical base64; send the bytes as base64, or text without the flag",
  );
}

/** A reply body in the platform's form: text, or bytes in base64. */
export interface EncodedBody {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Text stays text; bytes stay bytes, in base64, unless their type is text and they are valid UTF-8. */
export function encodeBody(response: WholeResponse): EncodedBody {
  const { body, headers } = response;
  if (typeof body === "string") return { body, isBase64Encoded: false };
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (headers["content-encoding"] === undefined && isTextType(headers["content-type"]) && isUtf8(bytes)) {
    return { body: bytes.toString("utf8"), isBase64Encoded: false };
  }
  return { body: bytes.toString("base64"), isBase64Encoded: true };
}

const TEXT_TYPES = new Set([
  "application/json",
  "application/xml",
  "application/javascript",
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/csv",
  "application/x-www-form-urlencoded",
]);

/** Whether a body of this content type is text, so that a platform may carry it as a string. */
export function isTextType(contentType: string | readonly string[] | undefined): boolean {
  if (typeof contentType !== "string") return false;
  const end = contentType.indexOf(";");
  const type = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  return type.startsWith("text/") || type.endsWith("+json") || type.endsWith("+xml") || TEXT_TYPES.has(type);
}
