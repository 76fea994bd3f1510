import { isUtf8 } from "node:buffer";
import type { BatchSource } from "./batch.ts";

/** A record of a Kinesis data stream (docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html). Its data is the input. */
export interface KinesisRecord {
  readonly kinesis: { readonly data: string; readonly sequenceNumber: string };
}

/** The records of a batch are of one shard, and run in its order. */
export const KINESIS: BatchSource<KinesisRecord> = {
  name: "Kinesis record",
  isStream: true,
  toItem: ({ kinesis: { data, sequenceNumber } }) => ({
    id: sequenceNumber,
    queue: "shard",
    body: () => toText(data),
  }),
};

/** Bytes that are not text stay bytes, which the request then refuses. */
function toText(data: string): string | Uint8Array {
  const bytes = Buffer.from(data, "base64");
  return isUtf8(bytes) ? bytes.toString("utf8") : bytes;
}
