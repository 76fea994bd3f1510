import { MOST_LEVELS, tooDeep } from "@tricast/core/adapter";

/**
 * For code that recurses through a value that a client sent.
 * @throws {TricastError} `invalid-json`
 */
export function refuseTooDeep(depth: number): void {
  if (depth > MOST_LEVELS) throw tooDeep();
}
