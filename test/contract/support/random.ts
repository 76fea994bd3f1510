import fc from "fast-check";

/** One seed for the whole file, new on each run; `TRICAST_SEED` repeats a run. */
export const SEED = Number(process.env.TRICAST_SEED ?? Math.floor(Math.random() * 2 ** 31));

fc.configureGlobal({ seed: SEED, numRuns: 20 });

/** `size` bytes that hold every value and look random; the same for the same seed. */
export function randomBytes(size: number, seed = SEED): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let state = seed | 0 || 1;
  for (let index = 0; index < size; index++) {
    // xorshift32 (Marsaglia, 2003): fast enough for megabytes.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state;
  }
  return bytes;
}

/** Any UTF-16 text, halves of pairs and all. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units));
