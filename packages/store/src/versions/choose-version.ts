import { murmur3 } from "./murmur3.ts";

/** Versions and their shares: positive whole numbers of any sum. */
export type Weights = Readonly<Record<string, number>>;

/**
 * The version that serves `key` (a user's id, a request's id). The same key always gets the same version while the
 * weights stay the same, in every process and on every machine, and over many keys each version serves its share.
 *
 * Each version draws a number from the key, `u = (murmur3(key, murmur3(version, 0)) + 0.5) / 2^32` (MurmurHash3_x86_32
 * of the UTF-8 bytes; the second argument is the seed), and the one with the least `-ln(u) / weight` serves: such draws
 * are exponential, so the least of them falls to each version in proportion to its weight. Only the ratios of weights
 * matter. Growing one version's share moves keys to that version and none between the others; a new version takes keys
 * from all in proportion.
 *
 * @example
 * chooseVersion({ v7: 90, v8: 10 }, "user-1"); // "v7"
 *
 * @param weights at least one version.
 */
export function chooseVersion(weights: Weights, key: string): string {
  const bytes = Buffer.from(key);
  let chosen = "";
  let least = Number.POSITIVE_INFINITY;
  for (const [version, weight] of Object.entries(weights)) {
    const draw = -Math.log((murmur3(bytes, murmur3(Buffer.from(version), 0)) + 0.5) / 2 ** 32) / weight;
    // Equal draws are settled by name, not by the order in which somebody wrote the weights.
    if (draw < least || (draw === least && version < chosen)) [chosen, least] = [version, draw];
  }
  return chosen;
}
