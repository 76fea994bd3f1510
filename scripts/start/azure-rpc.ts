import type { ServerResponse } from "node:http";
import type { RpcCookie, RpcHttp, RpcTypedData } from "@tricast/pack/azure-worker";

/**
 * Converts a request to the message for the worker, and the worker's message to a reply, as the Functions host does
 * (github.com/Azure/azure-functions-host: GrpcMessageConversionExtensions.cs, GrpcMessageExtensionUtilities.cs,
 * RawScriptResult.cs).
 */
export function toRpcHttp(request: HostRequest, params: Readonly<Record<string, string>>): RpcHttp {
  const { query } = splitTarget(request.target);
  const headers = joinedHeaders(request.rawHeaders);
  return {
    method: request.method,
    url: `http://${headers.host ?? "localhost"}${encodeTarget(request.target)}`,
    nullableHeaders: nullable(headers),
    nullableQuery: nullable(joinedQuery(query)),
    nullableParams: nullable(params),
    // The host does not read a body without a length, so a chunked body does not reach the function.
    ...(Number(headers["content-length"]) > 0 ? { body: { bytes: request.body } } : {}),
  };
}

/**
 * What the worker gets beside a request that the host forwards (HttpTriggerAttributeBindingProvider.cs: Headers, Query and
 * the route's parameters). The library reads the headers from here.
 */
export function toTriggerMetadata(
  { target, rawHeaders }: Omit<HostRequest, "body">,
  params: Readonly<Record<string, string>>,
): Record<string, RpcTypedData> {
  return {
    Query: { json: JSON.stringify(joinedQuery(splitTarget(target).query)) },
    Headers: { json: JSON.stringify(joinedHeaders(rawHeaders)) },
    ...Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { string: value }])),
  };
}

/** The target as the host writes it again. */
export function encodeTarget(target: string): string {
  const { path, query } = splitTarget(target);
  return `${encodePath(decodePath(path))}${query === "" ? "" : `?${query}`}`;
}

/** A request as received. */
export interface HostRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Names and values in turn, as Node's `rawHeaders`. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

/** The reply that the host writes to the client. */
export interface HostReply {
  readonly status: number;
  /** One entry per header line. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf("?");
  return mark === -1 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** Kestrel decodes every UTF-8 sequence of the path except the slash, and keeps invalid UTF-8. */
export function decodePath(path: string): string {
  return path.replace(/(?:%[\dA-Fa-f]{2})+/g, (run) =>
    run
      .split(/(%2f)/i)
      .map((part) => (/^%2f$/i.test(part) ? part : decodeLoosely(part)))
      .join(""),
  );
}

function decodeLoosely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** ASP.NET's `PathString.ToUriComponent`: percent-encodes all but path characters, and keeps encoded ones. */
function encodePath(path: string): string {
  return path.replace(/%[\dA-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/gu, (part) =>
    part.length === 3 && part.startsWith("%") ? part : encodeURIComponent(part),
  );
}

function nullable(map: Readonly<Record<string, string>>): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, { value }]));
}

/** `StringValues.ToString()`: repeats joined with a comma and no space. */
function joinedHeaders(raw: readonly string[]): Record<string, string> {
  // Without a prototype: a client may send a header named `constructor`.
  const joined: Record<string, string> = Object.create(null);
  for (let index = 0; index + 1 < raw.length; index += 2)
    append(joined, (raw[index] as string).toLowerCase(), raw[index + 1] as string);
  return joined;
}

function joinedQuery(query: string): Record<string, string> {
  const joined: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(query)) append(joined, name, value);
  return joined;
}

function append(joined: Record<string, string>, name: string, value: string): void {
  joined[name] = joined[name] === undefined ? value : `${joined[name]},${value}`;
}

/** RawScriptResult.ExecuteResultAsync. A function without a result gives an empty 204. */
export function toReply(http: RpcHttp | undefined): HostReply {
  if (http === undefined) return { status: 204, headers: [], body: new Uint8Array() };
  const cookies = (http.cookies ?? []).map((cookie) => ["set-cookie", serializeCookie(cookie)] as const);
  return {
    status: Number(http.statusCode),
    headers: [...Object.entries(http.headers ?? {}), ...cookies],
    body: http.body?.bytes ?? new Uint8Array(),
  };
}

export function writeReply({ status, headers, body }: HostReply, reply: ServerResponse): void {
  reply.statusCode = status;
  for (const [name, value] of headers) reply.appendHeader(name, value);
  reply.end(body);
}

const SAME_SITE: Readonly<Record<string, string>> = { lax: "lax", strict: "strict", explicitNone: "none" };

/** dotnet/aspnetcore: ResponseCookies.cs, CookieOptions.cs, SetCookieHeaderValue.cs. */
export function serializeCookie(cookie: RpcCookie): string {
  if (!/^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/.test(cookie.name)) throw new Error(`Invalid cookie name: ${cookie.name}`);
  if ((cookie.maxAge?.value ?? 0) < 0) throw new Error(`Negative max-age: ${cookie.maxAge?.value}`);
  const sameSite = SAME_SITE[cookie.sameSite ?? "none"];
  return [
    `${cookie.name}=${escapeDataString(cookie.value)}`,
    cookie.expires && `expires=${new Date(cookie.expires.value.seconds * 1000).toUTCString()}`,
    cookie.maxAge && `max-age=${Math.trunc(cookie.maxAge.value)}`,
    cookie.domain && `domain=${cookie.domain.value}`,
    `path=${cookie.path?.value ?? "/"}`,
    cookie.secure?.value && "secure",
    sameSite && `samesite=${sameSite}`,
    cookie.httpOnly?.value && "httponly",
  ]
    .filter((part) => typeof part === "string")
    .join("; ");
}

/** .NET's `Uri.EscapeDataString`. */
function escapeDataString(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
