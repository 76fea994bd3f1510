import fc from "fast-check";

/** One seed for the whole file, new on each run; `TRICAST_SEED` repeats a run. */
export const SEED = Number(process.env.TRICAST_SEED ?? Math.floor(Math.random() * 2 ** 31));

fc.configureGlobal({ seed: SEED, numRuns: 20 });

/** Any UTF-16 text, halves of pairs and all. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units));
