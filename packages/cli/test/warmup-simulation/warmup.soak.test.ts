import { it } from "node:test";
import { soakMatrix } from "../../../../test/support/soak/soak-matrix.ts";
import { tricastRules, tricastWarm } from "./pingers.ts";
import { MOST, warmsExactly } from "./simulate.ts";

const SEEDS = 1000;
const CASES = [tricastWarm, tricastRules].flatMap((pinger) =>
  Array.from({ length: MOST }, (_, index) => ({ pinger, concurrency: index + 1 })),
);

soakMatrix("pings of N instances", CASES, (picked) => {
  for (const { pinger, concurrency } of picked)
    it(`${pinger.name} warms exactly ${concurrency} instances with ${SEEDS} seeds`, () =>
      warmsExactly(pinger, concurrency, SEEDS));
});
