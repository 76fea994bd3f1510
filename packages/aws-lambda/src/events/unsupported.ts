import { TricastError } from "@tricast/core";
import { whyRecordsRefused, whyRefused } from "./refused.ts";

/** @throws {TricastError} `unsupported-event`, always. The message names the event and the supported ways to send an input. */
export function refuseUnsupportedEvent(event: object): never {
  const members = event as Readonly<Record<string, unknown>>;
  const why = whyRefused(members) ?? whyRecordsRefused(members);
  const keys = Object.keys(event).join(", ");
  throw new TricastError("unsupported-event", `an event of ${why} (its keys are ${keys}); ${WAYS_IN}`);
}

const WAYS_IN =
  "send the input through API Gateway, a function URL, a load balancer, VPC Lattice, SQS, SNS, Kinesis, DynamoDB, EventBridge or a direct invocation";

/** @throws {TricastError} `unsupported-event`, always. */
export function refuseWebSocketEvent(): never {
  throw new TricastError(
    "unsupported-event",
    "an API Gateway WebSocket event has neither method nor path, and responses need a separate call; use an HTTP API or a function URL",
  );
}
