import type { Suite } from "../harness/suite.ts";
import { suite as adapters } from "./adapters.ts";
import { suite as cold } from "./cold.ts";
import { suite as imports } from "./imports.ts";
import { suite as load } from "./load.ts";
import { suite as server } from "./server.ts";

/** Every suite there is, in the order they run. */
export const SUITES: readonly Suite[] = [adapters, cold, imports, load, server];
