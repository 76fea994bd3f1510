import { createHash } from "node:crypto";
import { describe } from "node:test";
import { coverageOf } from "./coverage.ts";

/**
 * Defines the tests of the cases that this run picks from a matrix: all, or what `npm run test:soak -- --fraction 0.1
 * --seed 7` asks for. The suite's title tells how many they are.
 * @throws {Error} when nothing is picked, which is so only for a matrix without cases.
 */
export function soakMatrix<T>(name: string, cases: readonly T[], define: (picked: readonly T[]) => void): void {
  const { TRICAST_SOAK_FRACTION: fraction = "1", TRICAST_SOAK_SEED: seed = "0" } = process.env;
  const picked = pickCases(name, cases, { fraction: Number(fraction), seed: Number(seed) });
  if (picked.length === 0) throw new Error(`The matrix "${name}" has no case`);
  describe(coverageOf(name, picked.length, cases.length, Number(seed)), () => define(picked));
}

/**
 * The `fraction` of the cases, rounded up, whose hashes with the seed and the matrix's name come first; in their own order.
 * A case is known by its place in the matrix.
 */
export function pickCases<T>(
  name: string,
  cases: readonly T[],
  { fraction, seed }: { readonly fraction: number; readonly seed: number },
): readonly T[] {
  const rank = (place: number) => createHash("sha256").update(`${seed}/${name}/${place}`).digest("hex");
  const ranked = cases.map((_, place) => ({ place, rank: rank(place) })).sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked
    .slice(0, Math.ceil(cases.length * fraction))
    .map(({ place }) => place)
    .sort((a, b) => a - b)
    .map((place) => cases[place] as T);
}
