import { TricastError } from "@tricast/core";

const MOST_LEVELS = 1000;

/**
 * For those who walk what a client sent: the parser takes any depth, and the stack does not.
 * @throws {TricastError} `invalid-json`
 */
export function refuseTooDeep(depth: number): void {
  if (depth <= MOST_LEVELS) return;
  throw new TricastError("invalid-json", `The body has more than ${MOST_LEVELS} lists and objects within each other`);
}
