import { createHash } from "node:crypto";

/** `sha256:` and the hash of the bytes in hex. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The digest of a stream and its size in bytes. */
export interface Sum {
  readonly digest: string;
  readonly size: number;
}

export const NO_SUM: Sum = { digest: "", size: 0 };

/** Passes a stream on, and hands over its sum after the last chunk. */
export async function* summed(
  source: AsyncIterable<Uint8Array>,
  onEnd: (sum: Sum) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    size += chunk.length;
    yield chunk;
  }
  onEnd({ digest: `sha256:${hash.digest("hex")}`, size });
}

export async function digestOfStream(source: AsyncIterable<Uint8Array>): Promise<Sum> {
  let sum = NO_SUM;
  const chunks = summed(source, (found) => {
    sum = found;
  });
  while ((await chunks.next()).done !== true);
  return sum;
}

export function isDigest(value: unknown): value is string {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}

export function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}
