import { TricastError } from "@tricast/core";

/** The command line itself is wrong: exit code 2. */
export class UsageError extends TricastError {
  constructor(message: string, cause?: unknown) {
    super("invalid-option", message, { cause });
  }
}

/** A setting or a file that the command line refers to is wrong: exit code 1. */
export function invalidOption(message: string, cause?: unknown): TricastError {
  return new TricastError("invalid-option", message, { cause });
}
