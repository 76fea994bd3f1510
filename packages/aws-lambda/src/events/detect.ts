import { whyRecordsRefused, whyRefused } from "./refused.ts";
import { isObject, testFor } from "./shape.ts";

/** The kinds of events that a function is invoked with. */
export type EventKind =
  | "http-v2"
  | "http-v1"
  | "alb"
  | "lattice-v2"
  | "lattice-v1"
  | "websocket"
  | "sqs"
  | "sns"
  | "kinesis"
  | "dynamodb"
  | "event-bridge"
  | "unsupported"
  | "direct";

/**
 * The kind of an event, from members that only this kind has. Never from `rawPath` or `version` alone: REST events
 * behind a base path mapping carry `rawPath` too, and VPC Lattice and EventBridge write a `version` as well.
 * Records of HTTP requests are inputs: an HTTP event of API Gateway or a load balancer has a `requestContext`. Every other
 * event is the input of a direct invocation.
 */
export function detectEvent(event: unknown): EventKind {
  if (!isObject(event) || Array.isArray(event)) return "direct";
  const context = event.requestContext;
  if (isObject(context)) {
    // An authorizer's event also has the members of the request that it asks about.
    if (event.type === "REQUEST" && whyRefused(event) !== undefined) return "unsupported";
    if (isObject(context.http)) return "http-v2";
    if (context.elb !== undefined) return "alb";
    if (context.serviceArn !== undefined) return "lattice-v2";
    if (typeof context.connectionId === "string") return "websocket";
    if (typeof event.httpMethod === "string") return "http-v1";
  }
  if (typeof event.raw_path === "string" && typeof event.method === "string" && isObject(event.headers))
    return "lattice-v1";
  return detectTrigger(event);
}

const TRIGGERS: readonly (readonly [EventKind, (event: unknown) => boolean])[] = [
  ["sqs", testFor({ Records: [{ eventSource: "aws:sqs", messageId: "", body: "" }] })],
  ["sns", testFor({ Records: [{ EventSource: "aws:sns", Sns: { Message: "" } }] })],
  ["kinesis", testFor({ Records: [{ eventSource: "aws:kinesis", kinesis: { data: "", sequenceNumber: "" } }] })],
  ["dynamodb", testFor({ Records: [{ eventSource: "aws:dynamodb", dynamodb: { SequenceNumber: "" } }] })],
  ["event-bridge", testFor({ "detail-type": "", source: "", detail: null })],
];

function detectTrigger(event: Readonly<Record<string, unknown>>): EventKind {
  // First, because the records of a tumbling window are those of a stream.
  if (whyRefused(event) !== undefined) return "unsupported";
  const trigger = TRIGGERS.find(([, fits]) => fits(event));
  if (trigger !== undefined) return trigger[0];
  return whyRecordsRefused(event) === undefined ? "direct" : "unsupported";
}
