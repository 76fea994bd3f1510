import assert from "node:assert/strict";
import { type EventSource, splitTarget, type WireRequest, type WireResponse } from "../event-source.ts";
import {
  ACCOUNT,
  ALB_PAYLOAD_BYTES,
  groupHeaders,
  lastOf,
  parseReply,
  REGION,
  rawParameters,
  toWire,
  wireBody,
} from "./wire.ts";

export interface AlbOptions {
  /** The target group's `lambda.multi_value_headers.enabled`. */
  readonly multiValue: boolean;
}

/** An event of an Application Load Balancer. Without multi-value headers it keeps the last value of each. */
export function buildAlbEvent(request: WireRequest, { multiValue }: AlbOptions): Record<string, unknown> {
  const { path, query } = splitTarget(request.target);
  const groups = groupHeaders(request.headers);
  const parameters = rawParameters(query);
  const maps = multiValue
    ? { multiValueHeaders: Object.fromEntries(groups), multiValueQueryStringParameters: Object.fromEntries(parameters) }
    : { headers: lastOf(groups), queryStringParameters: lastOf(parameters) };
  const targetGroupArn = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/tricast/49e9d65c45c6791a`;
  return {
    requestContext: { elb: { targetGroupArn } },
    httpMethod: request.method,
    path,
    ...maps,
    ...(request.body.length === 0 ? { body: "", isBase64Encoded: false } : wireBody(request, "balancer")),
  };
}

/** What the client of a load balancer receives; a reply in the other header mode than the request is a 502. */
export function readAlbResult(result: unknown, { multiValue }: AlbOptions): WireResponse {
  const reply = parseReply(result, ALB_PAYLOAD_BYTES);
  assert.match(reply.statusDescription ?? "", new RegExp(`^${reply.statusCode} \\S`), "statusDescription is malformed");
  const lines = multiValue
    ? Object.entries(reply.multiValueHeaders ?? {}).flatMap(([name, values]) =>
        values.map((value) => [name, value] as const),
      )
    : Object.entries(reply.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
  assert.ok(lines.length > 0, "the reply has no headers in the mode of the target group");
  return toWire(reply, lines);
}

export const albSingle: EventSource = {
  name: "ALB, single-value headers",
  build: (request) => buildAlbEvent(request, { multiValue: false }),
  read: (result) => readAlbResult(result, { multiValue: false }),
};

export const albMulti: EventSource = {
  name: "ALB, multi-value headers",
  build: (request) => buildAlbEvent(request, { multiValue: true }),
  read: (result) => readAlbResult(result, { multiValue: true }),
};
