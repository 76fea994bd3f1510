import type { Suite } from "../harness/suite.ts";
import { suite as adapters } from "./adapters.ts";

/** Every suite there is, in the order they run. */
export const SUITES: readonly Suite[] = [adapters];
