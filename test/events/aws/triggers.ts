import { ACCOUNT, REGION } from "./wire.ts";

export interface SqsOptions {
  /** Message group of each body: makes it a FIFO queue. */
  readonly groups?: readonly string[];
}

/** A batch of messages, one for each body; `messageId` is `message-0`, `message-1` and so on. */
export function buildSqsEvent(
  bodies: readonly string[],
  { groups }: SqsOptions = {},
): { Records: Record<string, unknown>[] } {
  const queue = groups === undefined ? "inputs" : "inputs.fifo";
  return {
    Records: bodies.map((body, index) => ({
      messageId: `message-${index}`,
      receiptHandle: "MessageReceiptHandle",
      body,
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: "1523232000000",
        SenderId: ACCOUNT,
        ApproximateFirstReceiveTimestamp: "1523232000001",
        ...(groups === undefined ? {} : { MessageGroupId: groups[index] }),
      },
      messageAttributes: {},
      md5OfBody: "7b270e59b47ff90a553787216d55d91d",
      eventSource: "aws:sqs",
      eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`,
      awsRegion: REGION,
    })),
  };
}

/** An event of an EventBridge bus. */
export function buildEventBridgeEvent(detail: unknown, detailType = "order placed"): Record<string, unknown> {
  return {
    version: "0",
    id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": detailType,
    source: "shop.orders",
    account: ACCOUNT,
    time: "2026-03-10T05:16:23Z",
    region: REGION,
    resources: [],
    detail,
  };
}

/** Events that hold no input, by the service that sends them. */
export const UNSUPPORTED_EVENTS: Readonly<Record<string, Record<string, unknown>>> = {
  S3: {
    Records: [
      { eventVersion: "2.1", eventSource: "aws:s3", eventName: "ObjectCreated:Put", s3: { object: { key: "a+b" } } },
    ],
  },
  SNS: { Records: [{ EventVersion: "1.0", EventSource: "aws:sns", Sns: { Message: "{}" } }] },
  Kinesis: { Records: [{ eventSource: "aws:kinesis", kinesis: { data: "e30=", sequenceNumber: "1" } }] },
  DynamoDB: { Records: [{ eventSource: "aws:dynamodb", eventName: "INSERT", dynamodb: { Keys: {} } }] },
  Kafka: {
    eventSource: "aws:kafka",
    eventSourceArn: "arn",
    records: { "topic-0": [{ topic: "topic", value: "e30=" }] },
  },
  CloudFront: { Records: [{ cf: { config: { eventType: "viewer-request" }, request: { uri: "/" } } }] },
};

/** A message over an API Gateway WebSocket. */
export function buildWebSocketEvent(body: string): Record<string, unknown> {
  return {
    requestContext: {
      routeKey: "$default",
      eventType: "MESSAGE",
      connectionId: "L0SM9cOFvHcCIhw=",
      stage: "production",
      apiId: "abcdef1234",
    },
    body,
    isBase64Encoded: false,
  };
}
