import { soakMatrix } from "../../../../test/support/soak/soak-matrix.ts";
import { testRandomRuns } from "./support/random-runs.ts";

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);

soakMatrix("rounds of random runs", SEEDS, testRandomRuns);
