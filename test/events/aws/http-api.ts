import { type EventSource, splitTarget, type WireRequest, type WireResponse } from "../event-source.ts";
import { ACCOUNT, groupHeaders, joinOf, parseReply, toWire, wireBody } from "./wire.ts";

export interface V2Options {
  /** A named stage is the first segment of `rawPath`. Default `$default`, which is not. */
  readonly stage?: string;
  /** HTTP APIs hand the path over decoded, function URLs as it was sent. Default true. */
  readonly decodesPath?: boolean;
}

/** An event in payload format 2.0, as an HTTP API or a function URL sends it. */
export function buildV2Event(
  request: WireRequest,
  { stage = "$default", decodesPath = true }: V2Options = {},
): Record<string, unknown> {
  const { path, query } = splitTarget(request.target);
  const groups = groupHeaders(request.headers);
  const cookies = (groups.get("cookie") ?? []).flatMap((line) => line.split(/;\s*/));
  groups.delete("cookie");
  const seenPath = decodesPath ? decodeURIComponent(path) : path;
  const rawPath = stage === "$default" ? seenPath : `/${stage}${seenPath}`;
  const event: Record<string, unknown> = {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString: query,
    headers: { "x-amzn-trace-id": "Root=1-67000000-0123456789abcdef01234567", ...joinOf(groups, ",") },
    requestContext: {
      accountId: ACCOUNT,
      apiId: "r3pmxmplak",
      domainName: "r3pmxmplak.execute-api.eu-central-1.amazonaws.com",
      http: { method: request.method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: "JKJaXmPLvHcESHA=",
      routeKey: "$default",
      stage,
      time: "10/Mar/2026:05:16:23 +0000",
      timeEpoch: 1583817383220,
    },
    isBase64Encoded: false,
  };
  if (cookies.length > 0) event.cookies = cookies;
  if (query !== "") event.queryStringParameters = Object.fromEntries(new URLSearchParams(query));
  if (request.body.length > 0) Object.assign(event, wireBody(request, "gateway"));
  return event;
}

/** What the client of an HTTP API or a function URL receives. */
export function readV2Result(result: unknown): WireResponse {
  const reply = parseReply(result);
  const headers = Object.entries(reply.headers ?? {}).map(([name, value]) => {
    if (typeof value !== "string") throw new TypeError(`format 2.0 takes one string a header; ${name} is a list`);
    return [name, value] as const;
  });
  const cookies = (reply.cookies ?? []).map((cookie) => ["set-cookie", cookie] as const);
  return toWire(reply, [...headers, ...cookies]);
}

export const httpApi: EventSource = {
  name: "HTTP API (payload 2.0)",
  build: (request) => buildV2Event(request),
  read: readV2Result,
};

export const httpApiStage: EventSource = {
  name: "HTTP API with a named stage",
  build: (request) => buildV2Event(request, { stage: "prod" }),
  read: readV2Result,
};
