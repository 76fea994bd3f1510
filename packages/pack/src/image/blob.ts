import { createReadStream, createWriteStream } from "node:fs";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { digestMismatch } from "../errors.ts";
import { digestOf, summer } from "./digest.ts";
import type { Descriptor } from "./spec.ts";

const CHUNK_BYTES = 1 << 20;

/** The bytes of a blob: in memory, or a part of a file. */
export type BlobContent = { readonly bytes: Uint8Array } | FilePart;

export interface FilePart {
  readonly path: string;
  readonly start: number;
  readonly size: number;
}

/** Content with a descriptor. A blob of a base in a registry is fetched at the first call of `content`. */
export interface Blob {
  readonly descriptor: Descriptor;
  content(): Promise<BlobContent>;
  /** The registry and repository that have the blob: that registry can mount it, so that nothing is fetched. */
  readonly origin?: { readonly registry: string; readonly repository: string } | undefined;
}

export function blobOf(mediaType: string, bytes: Uint8Array): Blob {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, content: async () => ({ bytes }) };
}

/** Compact JSON in the order of the object's members: equal objects give equal bytes. */
export function jsonBlob(mediaType: string, value: object): Blob {
  return blobOf(mediaType, Buffer.from(JSON.stringify(value)));
}

/** Bytes as a stream of one chunk. */
export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export async function* openContent(content: BlobContent): AsyncGenerator<Uint8Array> {
  if ("bytes" in content) return yield* oneChunk(content.bytes);
  const { path, start, size } = content;
  if (size > 0) yield* createReadStream(path, { start, end: start + size - 1, highWaterMark: CHUNK_BYTES });
}

export function readContent(content: BlobContent): Promise<Buffer> {
  return buffer(openContent(content));
}

/** A whole file as a stream. */
export function readFileChunks(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES });
}

/** Writes a stream to a file that does not exist. */
export function writeNewFile(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  return pipeline(source, createWriteStream(path, { flags: "wx", mode: 0o644 }));
}

/** @throws {TricastError} `digest-mismatch` when the bytes do not match the descriptor. */
export async function openBlob({ descriptor, content }: Blob): Promise<AsyncIterable<Uint8Array>> {
  return verified(openContent(await content()), descriptor);
}

/** The same bytes; after the last one, an error if they do not match the descriptor. */
export async function* verified(source: AsyncIterable<Uint8Array>, expected: Descriptor): AsyncGenerator<Uint8Array> {
  const { pass, sum } = summer();
  let size = 0;
  for await (const chunk of pass(source)) {
    size += chunk.length;
    if (size > expected.size) break;
    yield chunk;
  }
  const { digest } = sum();
  if (size === expected.size && digest === expected.digest) return;
  const found = size === expected.size ? digest : `${size > expected.size ? "more" : size} bytes`;
  throw digestMismatch(
    `a blob of ${expected.mediaType} should be ${expected.digest} of ${expected.size} bytes and is ${found}: its source is damaged or was changed`,
  );
}
