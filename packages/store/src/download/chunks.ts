/** A part of the object. Its bytes before `position` have arrived. */
export interface Chunk {
  readonly start: number;
  end: number;
  position: number;
}

const SMALLEST = 1024 * 1024;
/** Small enough that the digest is computed while other parts arrive. Large enough that a request's delay is short in comparison. */
const LARGEST = 8 * 1024 * 1024;
/** A remainder below this fraction of a round does not get its own round; it makes the parts of the other rounds larger. */
const REMAINDER = 0.25;

/** Rounds of parts: a store may announce any size, and its parts must fit in memory. */
const MOST_ROUNDS = 1024;

/** Bytes of the first request while the size is unknown. Most small models are not larger. */
export const FIRST_BYTES = LARGEST;

/**
 * Splits `start` to `end` into parts for whole rounds of all connections, so that no connection loads a last part while
 * the others are idle. `busy` connections already load a part.
 */
export function splitChunks(start: number, end: number, connections: number, busy = 0): Chunk[] {
  const whole = Math.ceil((end - start) / (connections * LARGEST) - REMAINDER);
  const rounds = Math.min(MOST_ROUNDS, Math.max(1, whole));
  const even = Math.ceil((end - start) / Math.max(1, rounds * connections - busy));
  const length = Math.max(SMALLEST, even);
  const chunks: Chunk[] = [];
  for (let at = start; at < end; at += length) chunks.push(toChunk(at, Math.min(end, at + length)));
  return chunks;
}

export function toChunk(start: number, end: number): Chunk {
  return { start, end, position: start };
}

/** The position up to which all bytes have arrived. `chunks` are contiguous. */
export function frontOf(chunks: readonly Chunk[], from: number): number {
  for (const { start, end, position } of chunks) {
    if (end <= from) continue;
    if (position < end) return Math.max(from, position);
    from = Math.max(from, end);
    if (start > from) break;
  }
  return from;
}
