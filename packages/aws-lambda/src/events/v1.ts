import type { InferenceRequest, RequestHead, WholeResponse } from "@tricast/core/adapter";
import { decodeBody, encodeBody, type WireBody } from "../body.ts";
import { mergeHeaders } from "../headers.ts";
import { LAMBDA_REPLY_BYTES, refuseOversize } from "../limits.ts";
import { encodedPath, encodedQuery } from "../url.ts";

/** Payload format 1.0: REST APIs, and HTTP APIs set to it. */
export interface V1Event extends WireBody {
  readonly httpMethod: string;
  /** Without the stage; with the base path of a custom domain. */
  readonly path: string;
  /** Its `path` is the public one, with the stage or the base path of a custom domain. */
  readonly requestContext?: { readonly path?: string } | null;
  /** The last value of each, decoded. */
  readonly queryStringParameters?: Readonly<Record<string, string>> | null;
  /** Every value of each, decoded. */
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[]>> | null;
  readonly headers?: Readonly<Record<string, string>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>> | null;
}

export interface V1Result {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, string[]>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export function fromV1Event(event: V1Event): InferenceRequest {
  const headers = v1Headers(event);
  return {
    method: event.httpMethod,
    path: encodedPath(event.path),
    prefix: prefixOf(event),
    query: encodedQuery({ ...event.queryStringParameters, ...event.multiValueQueryStringParameters }),
    headers,
    body: decodeBody(event.body, event.isBase64Encoded, headers),
  };
}

/** The stage, which the platform removes from `path`. */
function prefixOf({ path, requestContext }: V1Event): string | undefined {
  const whole = requestContext?.path;
  if (typeof whole !== "string" || !whole.endsWith(path)) return undefined;
  return encodedPath(whole.slice(0, whole.length - path.length).replace(/\/$/, "")).replace(/^\/$/, "");
}

export function v1Headers(event: V1Event): RequestHead["headers"] {
  return mergeHeaders(event.multiValueHeaders, event.headers);
}

export function toV1Result(response: WholeResponse): V1Result {
  const reply = { statusCode: response.status, ...splitRepeats(response.headers), ...encodeBody(response) };
  return refuseOversize(reply, LAMBDA_REPLY_BYTES);
}

/** The platform reads a name in both maps from `multiValueHeaders` only, so each name is in one. */
function splitRepeats(headers: WholeResponse["headers"]): Pick<V1Result, "headers" | "multiValueHeaders"> {
  const once: Record<string, string> = {};
  let repeated: Record<string, string[]> | undefined;
  for (const name in headers) {
    const value = headers[name] as string | readonly string[];
    if (typeof value === "string") once[name] = value;
    else {
      repeated ??= {};
      repeated[name] = [...value];
    }
  }
  return repeated === undefined ? { headers: once } : { headers: once, multiValueHeaders: repeated };
}
