import { TricastError } from "@tricast/core";

/** The command line itself is wrong: exit code 2. */
export class UsageError extends TricastError {
  constructor(message: string, cause?: unknown) {
    super("invalid-option", message, { cause });
  }
}
