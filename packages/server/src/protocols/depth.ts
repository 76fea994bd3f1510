import { MOST_LEVELS, tooDeep } from "@tricast/core/adapter";

/**
 * For those who walk what a client sent.
 * @throws {TricastError} `invalid-json`
 */
export function refuseTooDeep(depth: number): void {
  if (depth > MOST_LEVELS) throw tooDeep();
}
