// What a build puts in the place of zero-code.ts for predictors with code of their own.
import { TricastError } from "@tricast/core";
import type { ZeroCode } from "@tricast/core/adapter";
import type * as Own from "./zero-code.ts";

/** @throws {TricastError} `invalid-definition`: only a predictor without `predict` and `predictBatch` asks for it. */
export function zeroCode(): ZeroCode<never, never> {
  throw new TricastError(
    "invalid-definition",
    "This bundle was built for a predictor with predict or predictBatch, and now it has neither; build it again",
  );
}

/** The build only swaps the file: what imports it must find the same names and types. */
type Same<T extends Pick<typeof Own, "zeroCode">> = T;
export type LeftOut = Same<typeof import("./left-out.ts")>;
