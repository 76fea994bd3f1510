import { testRandomRuns } from "./support/random-runs.ts";

testRandomRuns([1, 2]);
