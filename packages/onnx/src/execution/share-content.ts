import { nextTurn } from "../next-turn.ts";

/** Copying this much stops the event loop for about as long as a small request takes. */
const CHUNK_BYTES = 4 * 2 ** 20;

/** A copy that every worker can read. Copying lets other work run between chunks. */
export async function shareContent(content: Uint8Array): Promise<SharedArrayBuffer> {
  const shared = new SharedArrayBuffer(content.byteLength);
  const target = new Uint8Array(shared);
  for (let start = 0; start < content.byteLength; start += CHUNK_BYTES) {
    target.set(content.subarray(start, start + CHUNK_BYTES), start);
    await nextTurn();
  }
  return shared;
}
