import { TricastError } from "@tricast/core";
import {
  type Adapter,
  contentOfCloudEvent,
  ERRORS,
  type EventContent,
  recognisePing,
  type WarmupPing,
  type WholeResponse,
} from "@tricast/core/adapter";
import type { CloudEvent } from "./cloud-event.ts";
import { CLOUD_FUNCTIONS } from "./platform.ts";

/** The attribute that makes a Pub/Sub message with any body a ping. IAM controls who may publish. */
const PING_ATTRIBUTE = "x-tricast-warmup";

/** Pub/Sub's message, in the data of `google.cloud.pubsub.topic.v1.messagePublished` (googleapis/google-cloudevents). */
interface PubSubMessage {
  /** Base64. */
  readonly data?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly messageId?: string;
}

/** The result is the error to throw, or `undefined`. */
export function createEventAdapter(): Adapter<CloudEvent, undefined, Error | undefined> {
  return {
    platform: CLOUD_FUNCTIONS,
    toPing: (event) => pingOf(event),
    toInvocation: (event) => ({
      id: event.id,
      platform: CLOUD_FUNCTIONS.name,
      traceparent: event.traceparent,
      native: event,
    }),
    toRequest: (event) => ({
      method: "POST",
      path: "/predict",
      query: "",
      ...contentOf(event),
    }),
    toResult: toError,
    toPong: () => undefined,
  };
}

function pingOf(event: CloudEvent): WarmupPing | undefined {
  const message = pubSubMessage(event);
  if (message === undefined) return recognisePing(event.data);
  if (message.attributes?.[PING_ATTRIBUTE] !== undefined) return { kind: "pubsub", holdMs: 0 };
  return recognisePing(message.attributes) ?? recognisePing(textOrJson(message.data ?? ""));
}

/** @throws {TricastError} `unsupported-event` for anything except one CloudEvent. */
function contentOf(event: CloudEvent): EventContent {
  if (typeof event?.specversion !== "string") throw notAnEvent(event);
  const message = pubSubMessage(event);
  if (message !== undefined) {
    const bytes = Buffer.from(message.data ?? "", "base64");
    const contentType = message.attributes?.["content-type"] ?? "application/json";
    return { headers: { "content-type": contentType }, body: bytes.length === 0 ? undefined : bytes };
  }
  return contentOfCloudEvent(event);
}

function notAnEvent(received: unknown): TricastError {
  const isBatch = Array.isArray(received) || received instanceof Uint8Array;
  const what = isBatch
    ? "a batch, or bytes"
    : `an object with ${Object.keys(Object(received)).join(", ") || "no member"}`;
  return new TricastError(
    "unsupported-event",
    `the request is not one CloudEvent 1.0: it is ${what}; send ce- headers, or one event as application/cloudevents+json`,
  );
}

function pubSubMessage({ data }: CloudEvent): PubSubMessage | undefined {
  const message = (data as { message?: unknown } | null | undefined)?.message;
  if (typeof message !== "object" || message === null) return undefined;
  return "messageId" in message || "message_id" in message ? (message as PubSubMessage) : undefined;
}

/** A ping's body is a JSON object or one of Thundra's lines. */
function textOrJson(base64: string): unknown {
  const text = Buffer.from(base64, "base64").toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The framework writes the error's text into its response, so the text has nothing that a client may not read. */
function toError({ status, outcome }: WholeResponse, { id, type }: CloudEvent): Error | undefined {
  if (outcome?.error === undefined) return undefined;
  const { code } = outcome.error;
  return new Error(`event ${id} (${type}) failed with ${code} (${status}): ${ERRORS[code].title}`);
}
