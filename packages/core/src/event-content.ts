import type { ReceivedRequest } from "./seam.ts";

/** The body and the media type of an event, for a request of one prediction. */
export type EventContent = Pick<ReceivedRequest, "headers" | "body">;

/** The members of a CloudEvent 1.0 that hold its data (github.com/cloudevents/spec: json-format.md, 3.1). */
export interface CloudEventData {
  readonly datacontenttype?: string;
  readonly data?: unknown;
  readonly data_base64?: string;
}

/**
 * The data of a CloudEvent, after a platform has parsed the event.
 * @throws nothing: base64 that is malformed gives bytes that the decoder refuses.
 */
export function contentOfCloudEvent({ data, data_base64: base64, datacontenttype }: CloudEventData): EventContent {
  return contentOfData(typeof base64 === "string" ? Buffer.from(base64, "base64") : data, datacontenttype);
}

/**
 * Data that a platform has parsed if its type is JSON, and has left unchanged otherwise: text or bytes. Data without a type
 * is JSON, or bytes. Empty data is a missing body.
 */
export function contentOfData(data: unknown, type?: string): EventContent {
  const isBytes = data instanceof Uint8Array;
  const contentType = type ?? (isBytes ? "application/octet-stream" : "application/json");
  const headers = { "content-type": contentType };
  if (data === undefined || data === null) return { headers, body: undefined };
  if (isBytes) return { headers, body: data.byteLength === 0 ? undefined : data };
  const isText = typeof data === "string" && !/[/+]json\b/i.test(contentType);
  return { headers, body: isText ? data || undefined : JSON.stringify(data) };
}
