import { type EventSource, splitTarget, type WireRequest, type WireResponse } from "../event-source.ts";
import {
  ACCOUNT,
  decodedParameters,
  groupHeaders,
  joinOf,
  lastOf,
  parseReply,
  REGION,
  toWire,
  wireBody,
} from "./wire.ts";

/** An event of VPC Lattice in structure V2: lists everywhere. */
export function buildLatticeV2Event(request: WireRequest): Record<string, unknown> {
  const { query } = splitTarget(request.target);
  const event: Record<string, unknown> = {
    version: "2.0",
    path: request.target,
    method: request.method,
    headers: Object.fromEntries(groupHeaders(request.headers)),
    requestContext: {
      serviceNetworkArn: `arn:aws:vpc-lattice:${REGION}:${ACCOUNT}:servicenetwork/sn-0bf3f2882e9cc805a`,
      serviceArn: `arn:aws:vpc-lattice:${REGION}:${ACCOUNT}:service/svc-0a40eebed65f8d69c`,
      targetGroupArn: `arn:aws:vpc-lattice:${REGION}:${ACCOUNT}:targetgroup/tg-6d0ecf831eec9f09`,
      identity: { sourceVpcArn: `arn:aws:ec2:${REGION}:${ACCOUNT}:vpc/vpc-0b8276c84697e7339` },
      region: REGION,
      timeEpoch: "1690497599177430",
    },
  };
  if (query !== "") event.queryStringParameters = Object.fromEntries(decodedParameters(query));
  if (request.body.length > 0) Object.assign(event, wireBody(request, "balancer"));
  return event;
}

/** An event of VPC Lattice in structure V1: snake case, one string a header. */
export function buildLatticeV1Event(request: WireRequest): Record<string, unknown> {
  const { query } = splitTarget(request.target);
  const { body, isBase64Encoded } = wireBody(request, "balancer");
  return {
    raw_path: request.target,
    method: request.method,
    headers: joinOf(groupHeaders(request.headers), ", "),
    query_string_parameters: lastOf(decodedParameters(query)),
    body: request.body.length === 0 ? null : body,
    is_base64_encoded: isBase64Encoded,
  };
}

/** What the client of a VPC Lattice service receives. */
export function readLatticeResult(result: unknown): WireResponse {
  const reply = parseReply(result);
  const lines = Object.entries(reply.headers ?? {}).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : value.map((one) => [name, one] as const),
  );
  return toWire(reply, lines);
}

export const latticeV2: EventSource = { name: "VPC Lattice V2", build: buildLatticeV2Event, read: readLatticeResult };
export const latticeV1: EventSource = { name: "VPC Lattice V1", build: buildLatticeV1Event, read: readLatticeResult };
