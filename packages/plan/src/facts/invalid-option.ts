import { TricastError } from "@tricast/core";

/** @param message value seen, rule, fix. */
export function invalidOption(message: string): TricastError {
  return new TricastError("invalid-option", message);
}
