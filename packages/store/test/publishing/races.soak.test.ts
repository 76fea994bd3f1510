import { describe } from "node:test";
import { soakMatrix } from "../../../../test/support/soak/soak-matrix.ts";
import { testRaces } from "./support/races.ts";

const SEEDS = [...Array(50).keys()];

soakMatrix("races of pushes, promotions and prunes", SEEDS, (picked) => {
  for (const seed of picked) describe(`at the same time, seed ${seed}`, () => testRaces(100, seed));
});
