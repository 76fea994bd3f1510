import { type EventSource, splitTarget, type WireRequest, type WireResponse } from "../event-source.ts";
import { ACCOUNT, decodedParameters, lastOf, parseReply, toWire, wireBody } from "./wire.ts";

/** An event in payload format 1.0, of a REST API whose binary media types cover everything but text. */
export function buildV1Event(request: WireRequest): Record<string, unknown> {
  const { path, query } = splitTarget(request.target);
  const groups = namedGroups(request.headers);
  const parameters = decodedParameters(query);
  const isEmpty = request.body.length === 0;
  return {
    resource: "/{proxy+}",
    path,
    httpMethod: request.method,
    headers: lastOf(groups),
    multiValueHeaders: Object.fromEntries(groups),
    queryStringParameters: parameters.size === 0 ? null : lastOf(parameters),
    multiValueQueryStringParameters: parameters.size === 0 ? null : Object.fromEntries(parameters),
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: ACCOUNT,
      apiId: "1234567890",
      httpMethod: request.method,
      identity: { sourceIp: "192.0.2.1", userAgent: "test" },
      path: `/prod${path}`,
      protocol: "HTTP/1.1",
      requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
      resourceId: "123456",
      resourcePath: "/{proxy+}",
      stage: "prod",
    },
    ...(isEmpty ? { body: null, isBase64Encoded: false } : wireBody(request, "gateway")),
  };
}

/** REST APIs keep the case in which the client wrote each name; repeats are one header whatever their case. */
function namedGroups(headers: WireRequest["headers"]): Map<string, string[]> {
  const spelling = new Map<string, string>();
  const groups = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const known = spelling.get(name.toLowerCase()) ?? name;
    spelling.set(name.toLowerCase(), known);
    groups.set(known, [...(groups.get(known) ?? []), value]);
  }
  return groups;
}

/** What the client of a REST API receives. A name in both maps is read from the list. */
export function readV1Result(result: unknown): WireResponse {
  const reply = parseReply(result);
  const lists = Object.entries(reply.multiValueHeaders ?? {});
  const listed = new Set(lists.map(([name]) => name.toLowerCase()));
  const single = Object.entries(reply.headers ?? {}).filter(([name]) => !listed.has(name.toLowerCase()));
  return toWire(reply, [
    ...single.map(([name, value]) => [name, String(value)] as const),
    ...lists.flatMap(([name, values]) => values.map((value) => [name, value] as const)),
  ]);
}

export const restApi: EventSource = { name: "REST API (payload 1.0)", build: buildV1Event, read: readV1Result };

/** An HTTP API set to format 1.0 writes `version`, and behind a base path mapping `rawPath` too. */
export const httpApiV1: EventSource = {
  name: "HTTP API (payload 1.0)",
  build: (request) => {
    const event = buildV1Event(request);
    return { version: "1.0", rawPath: `/mapped${String(event.path)}`, ...event };
  },
  read: readV1Result,
};
