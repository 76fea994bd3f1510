import { TricastError } from "@tricast/core";

/** A full queue moves within a second. */
const RETRY_AFTER_SECONDS = 1;

export function overloaded(what: string): TricastError {
  return new TricastError("overloaded", `${what}; try again later`, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
