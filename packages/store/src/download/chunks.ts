/** A part of the object, and how far it has arrived. */
export interface Chunk {
  readonly start: number;
  end: number;
  position: number;
}

const SMALLEST = 1024 * 1024;
/** Small enough that the digest follows the parts while others arrive, large enough that a request's delay is little of it. */
const LARGEST = 8 * 1024 * 1024;
/** Of a round: so little is shared among the other rounds rather than waited for in one of its own. */
const REMAINDER = 0.25;

/** What the first request asks for while the size is not known: all of most small models. */
export const FIRST_BYTES = LARGEST;

/**
 * The parts of `start` to `end`: as many as all connections take in whole rounds, so that none is left with the last part
 * while the others have nothing to do. `busy` connections are at a part already.
 */
export function splitChunks(start: number, end: number, connections: number, busy = 0): Chunk[] {
  const rounds = Math.max(1, Math.ceil((end - start) / (connections * LARGEST) - REMAINDER));
  const even = Math.ceil((end - start) / Math.max(1, rounds * connections - busy));
  const length = Math.max(SMALLEST, even);
  const chunks: Chunk[] = [];
  for (let at = start; at < end; at += length) chunks.push(toChunk(at, Math.min(end, at + length)));
  return chunks;
}

export function toChunk(start: number, end: number): Chunk {
  return { start, end, position: start };
}

/** The byte before which everything has arrived; `chunks` lie end to end. */
export function frontOf(chunks: readonly Chunk[], from: number): number {
  for (const { start, end, position } of chunks) {
    if (end <= from) continue;
    if (position < end) return Math.max(from, position);
    from = Math.max(from, end);
    if (start > from) break;
  }
  return from;
}
