import { createReadStream } from "node:fs";
import { digest } from "./digest.ts";
import type { ObjectBody } from "./object-store.ts";

/** Whether a body that is being read has the bytes of `expected`, without holding either in memory. */
export async function isSameContent(body: AsyncIterable<Uint8Array>, expected: ObjectBody): Promise<boolean> {
  const [found, wanted] = await Promise.all([
    digest(body),
    digest(expected instanceof Uint8Array ? [expected] : createReadStream(expected.path)),
  ]);
  return found.sha256 === wanted.sha256;
}
