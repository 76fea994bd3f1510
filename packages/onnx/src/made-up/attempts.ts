import type { Feeds } from "../feeds.ts";
import type { OnnxValueInfo } from "../metadata.ts";
import { type Attempt, madeUpFeeds } from "./made-up-feeds.ts";
import type { Hints } from "./read-hints.ts";

/** Sizes of sequences, images and signals, from small to large: small ones are cheap, and some graphs refuse them. */
const OPEN_SIZES = [2, 3, 4, 8, 16, 32, 64, 128, 224, 256, 320, 512, 640];
/** Integers are 1 first, because a graph may divide by them, or use them as a length or a mask. 0 is an index of any table. */
const ONES = { int: 1, float: 0 };
export const BASE = { batch: 1, open: 1, suggested: true, values: ONES } satisfies Attempt;

/** From the most to the least likely to be accepted, without large sizes before small ones. */
export const ATTEMPTS: readonly Attempt[] = [
  BASE,
  { ...BASE, values: { int: 0, float: 0 } },
  { ...BASE, values: { int: 1, float: 1 } },
  { ...BASE, values: { seed: 1 } },
  ...OPEN_SIZES.slice(0, 3).map((open) => ({ ...BASE, batch: open, open })),
  ...OPEN_SIZES.flatMap((open) => [
    { ...BASE, open },
    { ...BASE, open, suggested: false },
    { ...BASE, open, suggested: false, firstOnly: true },
  ]),
  ...[8, 32].map((open) => ({ ...BASE, open, values: { seed: 1 } })),
  ...[8, 16].map((open) => ({ ...BASE, batch: open, open, suggested: false })),
];

/** An attempt and its inputs. */
export interface MadeUp {
  readonly attempt: Attempt;
  readonly feeds: Feeds;
}

/** All attempts, without those that differ from an earlier one only in sizes that the graph fixes. */
export function* madeUpAttempts(
  inputs: readonly OnnxValueInfo[],
  hints: Hints,
  attempts: readonly Attempt[] = ATTEMPTS,
): Generator<MadeUp> {
  const seen = new Set<string>();
  for (const attempt of attempts) {
    const feeds = madeUpFeeds(inputs, hints, attempt);
    if (feeds === undefined) continue;
    const id = JSON.stringify([attempt.values, Object.values(feeds).map(({ dims }) => dims)]);
    if (!seen.has(id)) yield { attempt, feeds };
    seen.add(id);
  }
}
