import { TricastError } from "@tricast/core";
import { recordSource } from "./detect.ts";

/** @throws {TricastError} `unsupported-event`, always: what the event is, and which way in to use instead. */
export function refuseUnsupportedEvent(event: object): never {
  throw new TricastError("unsupported-event", `${describe(event as Record<string, unknown>)}; ${WAYS_IN}`);
}

const WAYS_IN =
  "send the input by API Gateway, a function URL, a load balancer, VPC Lattice, SQS, EventBridge or a direct invocation";

function describe(event: Readonly<Record<string, unknown>>): string {
  const keys = `its keys are ${Object.keys(event).join(", ")}`;
  const source = Array.isArray(event.Records) ? recordSource(event.Records) : event.eventSource;
  return `an event of ${String(source)} names something that happened and holds no input (${keys})`;
}

/** @throws {TricastError} `unsupported-event`, always. */
export function refuseWebSocketEvent(): never {
  throw new TricastError(
    "unsupported-event",
    "an API Gateway WebSocket event has neither method nor path, and answers go out by another call; use an HTTP API or a function URL",
  );
}
