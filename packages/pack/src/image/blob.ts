import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { TricastError } from "@tricast/core";
import { digestOf } from "./digest.ts";
import type { Descriptor } from "./spec.ts";

const CHUNK_BYTES = 1 << 20;

/** Where the bytes of a blob lie: in memory, or in a part of a file. */
export type BlobContent =
  | { readonly bytes: Uint8Array }
  | { readonly path: string; readonly start: number; readonly size: number };

/** Content with an address. A blob of a base in a registry is fetched when its content is first asked for. */
export interface Blob {
  readonly descriptor: Descriptor;
  content(): Promise<BlobContent>;
  /** The registry and repository that hold it already: there it is mounted, and never fetched. */
  readonly origin?: { readonly registry: string; readonly repository: string } | undefined;
}

export function blobOf(mediaType: string, bytes: Uint8Array): Blob {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, content: async () => ({ bytes }) };
}

/** Compact JSON in the order of the object's own members: the same object gives the same bytes. */
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
  if (size === 0) return;
  yield* createReadStream(path, { start, end: start + size - 1, highWaterMark: CHUNK_BYTES });
}

export async function readContent(content: BlobContent): Promise<Buffer> {
  if ("bytes" in content) return Buffer.from(content.bytes);
  const file = await open(content.path);
  try {
    const bytes = Buffer.alloc(content.size);
    const { bytesRead } = await file.read(bytes, 0, content.size, content.start);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Writes a blob to a new file.
 * @throws {TricastError} `digest-mismatch` when the bytes are not those of the descriptor.
 */
export async function copyBlob(blob: Blob, path: string): Promise<void> {
  const source = verified(openContent(await blob.content()), blob.descriptor);
  await pipeline(source, createWriteStream(path, { flags: "wx", mode: 0o644 }));
}

/** The same bytes; after the last one, an error if they were not those of the descriptor. */
export async function* verified(source: AsyncIterable<Uint8Array>, descriptor: Descriptor): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > descriptor.size) break;
    hash.update(chunk);
    yield chunk;
  }
  const digest = `sha256:${hash.digest("hex")}`;
  if (size === descriptor.size && digest === descriptor.digest) return;
  const found = size === descriptor.size ? digest : `${size > descriptor.size ? "more" : size} bytes`;
  throw new TricastError(
    "digest-mismatch",
    `a blob of ${descriptor.mediaType} should be ${descriptor.digest} of ${descriptor.size} bytes and is ${found}: what it was read from is damaged or was changed`,
  );
}
