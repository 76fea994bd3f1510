import type { ReceivedRequest } from "@tricast/core/adapter";
import { predictionRequest } from "./direct.ts";

/** An event of an EventBridge bus. Its `detail` is the input; a failure throws, so that Lambda retries it. */
export interface EventBridgeEvent {
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly detail: unknown;
}

export function fromEventBridgeEvent(event: EventBridgeEvent): ReceivedRequest {
  return predictionRequest(JSON.stringify(event.detail));
}
