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

/** Hashes and counts the chunks of one stream. Call `sum` once, after the last chunk. */
export function summer() {
  const hash = createHash("sha256");
  let size = 0;
  return {
    async *pass(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    sum: (): Sum => ({ digest: `sha256:${hash.digest("hex")}`, size }),
  };
}

export async function digestOfStream(source: AsyncIterable<Uint8Array>): Promise<Sum> {
  const { pass, sum } = summer();
  const chunks = pass(source);
  while ((await chunks.next()).done !== true);
  return sum();
}

export function isDigest(value: unknown): value is string {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}

export function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}
