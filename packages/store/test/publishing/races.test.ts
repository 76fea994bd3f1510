import { describe } from "node:test";
import { testRaces } from "./support/races.ts";

describe("at the same time", () => testRaces(50));
