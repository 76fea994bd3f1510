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

/** A notification of an SNS topic, as SNS writes it into a queue that is subscribed without raw message delivery. */
export function buildSnsEnvelope(message: string): Record<string, unknown> {
  return {
    Type: "Notification",
    MessageId: "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
    TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:inputs`,
    Subject: null,
    Message: message,
    Timestamp: "2026-03-10T05:16:23.000Z",
    SignatureVersion: "1",
    Signature: "EXAMPLE",
    SigningCertURL: "EXAMPLE",
    UnsubscribeURL: "EXAMPLE",
  };
}

/** An event of an SNS topic; SNS sends one message an event. */
export function buildSnsEvent(messages: readonly string[]): { Records: Record<string, unknown>[] } {
  return {
    Records: messages.map((message) => ({
      EventVersion: "1.0",
      EventSource: "aws:sns",
      EventSubscriptionArn: `arn:aws:sns:${REGION}:${ACCOUNT}:inputs:1`,
      Sns: { ...buildSnsEnvelope(message), MessageAttributes: {} },
    })),
  };
}

/** Records of one shard; their sequence numbers are `1000`, `1001` and so on. */
export function buildKinesisEvent(data: readonly (string | Uint8Array)[]): { Records: Record<string, unknown>[] } {
  return {
    Records: data.map((each, index) => ({
      kinesis: {
        kinesisSchemaVersion: "1.0",
        partitionKey: "s1",
        sequenceNumber: String(1000 + index),
        data: Buffer.from(each).toString("base64"),
        approximateArrivalTimestamp: 1480641523.477,
      },
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: `shardId-000000000000:${1000 + index}`,
      eventName: "aws:kinesis:record",
      invokeIdentityArn: `arn:aws:iam::${ACCOUNT}:role/LambdaRole`,
      awsRegion: REGION,
      eventSourceARN: `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/inputs`,
    })),
  };
}

/** Changes of a table; `null` is a removal. Their sequence numbers are `1000`, `1001` and so on. */
export function buildDynamoDbEvent(images: readonly (Readonly<Record<string, unknown>> | null)[]): {
  Records: Record<string, unknown>[];
} {
  return {
    Records: images.map((image, index) => ({
      eventID: `event-${index}`,
      eventName: image === null ? "REMOVE" : "INSERT",
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: REGION,
      dynamodb: {
        ApproximateCreationDateTime: 1480642020,
        Keys: { id: { S: `item-${index}` } },
        ...(image === null ? { OldImage: { id: { S: `item-${index}` } } } : { NewImage: image }),
        SequenceNumber: String(1000 + index),
        SizeBytes: 26,
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
      eventSourceARN: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/inputs/stream/2026-03-10T00:00:00.000`,
    })),
  };
}

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
