// Replaces served-options.ts in builds of predictors with code.
import type * as Own from "./served-options.ts";

/** Only graphs that serve themselves are changed. */
export function servedOptions(): undefined {}

/** The replacement must have the same names and types. */
type Same<T extends typeof Own> = T;
export type LeftOut = Same<typeof import("./left-out.ts")>;
