import { murmur3 } from "./murmur3.ts";

/** Versions and their shares: positive whole numbers of any sum. */
export type Weights = Readonly<Record<string, number>>;

/**
 * The version that serves `key` (a user's id, a request's id). While the weights do not change, the same key always gets
 * the same version, in every process and on every machine. Over many keys each version serves its share.
 *
 * Each version gets a number from the key, `u = (murmur3(key, murmur3(version, 0)) + 0.5) / 2^32` (MurmurHash3_x86_32
 * of the UTF-8 bytes; the second argument is the seed). The version with the smallest `-ln(u) / weight` serves the key.
 * These values are exponentially distributed, so each version has the smallest value in proportion to its weight. Only the
 * ratios of weights matter. If the share of one version grows, keys move to that version, and never between the others. A
 * new version takes keys from all others in proportion.
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
    // For equal draws the name decides, not the order of the weights.
    if (draw < least || (draw === least && version < chosen)) [chosen, least] = [version, draw];
  }
  return chosen;
}
