import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** Whether a body that is being read has the bytes of `expected`, without holding either in memory. */
export async function isSameContent(
  body: AsyncIterable<Uint8Array>,
  expected: Uint8Array | { readonly path: string },
): Promise<boolean> {
  const [found, wanted] = await Promise.all([
    digestOf(body),
    digestOf(expected instanceof Uint8Array ? [expected] : createReadStream(expected.path)),
  ]);
  return found === wanted;
}

async function digestOf(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}
