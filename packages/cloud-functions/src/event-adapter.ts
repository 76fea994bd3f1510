import {
  type Adapter,
  ERRORS,
  type ReceivedRequest,
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

function contentOf(event: CloudEvent): Pick<ReceivedRequest, "headers" | "body"> {
  const message = pubSubMessage(event);
  if (message !== undefined) {
    const bytes = Buffer.from(message.data ?? "", "base64");
    const contentType = message.attributes?.["content-type"] ?? "application/json";
    return { headers: { "content-type": contentType }, body: bytes.length === 0 ? undefined : bytes };
  }
  const { data, datacontenttype = data instanceof Uint8Array ? "application/octet-stream" : "application/json" } =
    event;
  const headers = { "content-type": datacontenttype };
  if (data === undefined || data === null) return { headers, body: undefined };
  if (data instanceof Uint8Array) return { headers, body: data };
  // The framework's parsers have parsed a JSON body, and left any other text unchanged.
  const isText = typeof data === "string" && !/[/+]json\b/i.test(datacontenttype);
  return { headers, body: isText ? data : JSON.stringify(data) };
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
