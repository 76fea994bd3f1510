import { TricastError } from "@tricast/core";
import type { BatchSource } from "./batch.ts";
import { rawJSON } from "./direct.ts";

/** A value in DynamoDB JSON, `{ "N": "1.5" }`. */
type AttributeValue = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, AttributeValue>>;

/**
 * A change of a DynamoDB table (docs.aws.amazon.com/lambda/latest/dg/with-ddb.html). The item after it is the input, as plain
 * JSON.
 */
export interface DynamoDbRecord {
  readonly eventName: string;
  readonly dynamodb: { readonly SequenceNumber: string; readonly NewImage?: Item | null };
}

/** The records of a batch are of one shard, and run in its order. Removals are skipped: no item is left to predict. */
export const DYNAMODB: BatchSource<DynamoDbRecord> = {
  name: "DynamoDB record",
  isStream: true,
  toItem({ eventName, dynamodb: { SequenceNumber, NewImage } }) {
    if (eventName === "REMOVE") return [];
    return {
      id: SequenceNumber,
      queue: "shard",
      body() {
        if (NewImage == null) throw noImage();
        return JSON.stringify(toPlainItem(NewImage));
      },
    };
  },
};

function noImage(): TricastError {
  return new TricastError(
    "unsupported-event",
    "the record has no NewImage, which is the input; set the stream's view type to NEW_IMAGE or NEW_AND_OLD_IMAGES",
  );
}

function toPlainItem(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toPlain(value)]));
}

/**
 * Text, binary (base64), booleans and sets of text are JSON already. Numbers arrive as text and keep every digit
 * (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html).
 */
function toPlain(attribute: AttributeValue): unknown {
  const [[type, value] = []] = Object.entries(attribute);
  if (type === "N") return rawJSON(value as string);
  if (type === "NS") return (value as string[]).map((text) => rawJSON(text));
  if (type === "L") return (value as AttributeValue[]).map((each) => toPlain(each));
  if (type === "M") return toPlainItem(value as Item);
  return type === "NULL" ? null : value;
}
