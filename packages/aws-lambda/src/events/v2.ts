import type { InferenceRequest, RequestHead, WholeResponse } from "@tricast/core/adapter";
import { decodeBody, encodeBody, type WireBody } from "../body.ts";
import { asLowerHeaders, joinHeaders } from "../headers.ts";
import { LAMBDA_REPLY_BYTES, refuseOversize } from "../limits.ts";
import { encodedPath } from "../url.ts";

/** Payload format 2.0: HTTP APIs and function URLs (docs.aws.amazon.com, http-api-develop-integrations-lambda). */
export interface V2Event extends WireBody {
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  /** Lower-case names, repeats joined with commas, without the cookies. Local emulators keep the case of names. */
  readonly headers?: Readonly<Record<string, string>> | null;
  readonly cookies?: readonly string[] | null;
  readonly requestContext: {
    readonly stage?: string;
    readonly http: { readonly method: string; readonly path?: string };
  };
}

export interface V2Result {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export function fromV2Event(event: V2Event): InferenceRequest {
  const { requestContext } = event;
  const whole = encodedPath(event.rawPath ?? requestContext.http.path ?? "/");
  const path = withoutStage(whole, requestContext.stage);
  const headers = v2Headers(event);
  return {
    method: requestContext.http.method,
    path,
    prefix: path === whole ? undefined : `/${requestContext.stage}`,
    query: event.rawQueryString ?? "",
    headers,
    body: decodeBody(event.body, event.isBase64Encoded, headers),
  };
}

/** The platform moves the cookies out of the headers; a request has them among its headers. */
export function v2Headers({ headers: given, cookies }: V2Event): RequestHead["headers"] {
  const headers = asLowerHeaders(given);
  return Array.isArray(cookies) && cookies.length > 0 ? { ...headers, cookie: cookies.join("; ") } : headers;
}

/** A named stage is the first segment of `rawPath`; `$default` is not in it. */
function withoutStage(path: string, stage: string | undefined): string {
  if (stage === undefined || stage === "$default" || !path.startsWith(stage, 1)) return path;
  const end = stage.length + 1;
  if (path.length === end) return "/";
  return path.charCodeAt(end) === 0x2f ? path.slice(end) : path;
}

export function toV2Result(response: WholeResponse): V2Result {
  const { headers } = response;
  const { body, isBase64Encoded } = encodeBody(response);
  const reply = isPlain(headers)
    ? { statusCode: response.status, headers, body, isBase64Encoded }
    : { statusCode: response.status, ...splitCookies(headers), body, isBase64Encoded };
  return refuseOversize(reply, LAMBDA_REPLY_BYTES);
}

/** True when every header is sent once and none is a cookie: then the reply has the headers unchanged. */
function isPlain(headers: WholeResponse["headers"]): headers is Readonly<Record<string, string>> {
  for (const name in headers) if (typeof headers[name] !== "string" || name === "set-cookie") return false;
  return true;
}

function splitCookies(headers: WholeResponse["headers"]): Pick<V2Result, "headers" | "cookies"> {
  const { "set-cookie": cookies, ...rest } = headers;
  if (cookies === undefined) return { headers: joinHeaders(rest) };
  return { headers: joinHeaders(rest), cookies: typeof cookies === "string" ? [cookies] : [...cookies] };
}
