// Replaces zero-code.ts in builds of predictors with code.
import { TricastError } from "@tricast/core";
import type { ZeroCode } from "@tricast/core/adapter";
import type * as Own from "./zero-code.ts";

/** @throws {TricastError} `invalid-definition`: only a predictor without `predict` and `predictBatch` calls it. */
export function zeroCode(): ZeroCode<never, never> {
  throw new TricastError(
    "invalid-definition",
    "This bundle was built for a predictor with predict or predictBatch, and the predictor has neither; build it again",
  );
}

/** Models of predictors with code do not serve themselves. */
export function describeServed(): undefined {}

/** The replacement must have the same names and types. */
type Same<T extends typeof Own> = T;
export type LeftOut = Same<typeof import("./left-out.ts")>;
