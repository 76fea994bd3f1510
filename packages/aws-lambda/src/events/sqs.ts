import type { BatchEvent, BatchSource } from "./batch.ts";
import { testFor } from "./shape.ts";

export type { BatchResult as SqsResult } from "./batch.ts";

export interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
  readonly eventSourceARN?: string;
  readonly attributes?: { readonly MessageGroupId?: string };
}

export type SqsEvent = BatchEvent<SqsRecord>;

/**
 * In a FIFO queue the messages of one group run in order, because a message may not overtake another
 * (docs.aws.amazon.com, services-sqs-errorhandling).
 */
export const SQS: BatchSource<SqsRecord> = {
  name: "SQS message",
  isStream: false,
  toItem: ({ messageId, body, eventSourceARN, attributes }) => ({
    id: messageId,
    queue: eventSourceARN?.endsWith(".fifo") === true ? `group ${attributes?.MessageGroupId}` : messageId,
    body: () => openNotification(body),
  }),
};

/** The body that SNS writes into a queue that is subscribed without raw message delivery (docs.aws.amazon.com, sns-sqs-as-subscriber). */
const isNotification = testFor({ Type: "Notification", TopicArn: "", MessageId: "", Message: "" });

/** The message of an SNS notification, or the body itself. */
function openNotification(body: string): string {
  if (!body.includes('"TopicArn"')) return body;
  try {
    const envelope: unknown = JSON.parse(body);
    return isNotification(envelope) ? (envelope as { readonly Message: string }).Message : body;
  } catch {
    return body;
  }
}
