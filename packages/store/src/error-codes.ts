import { type ErrorCode, isTricastError, type TricastError } from "@tricast/core";

export function hasCode(error: unknown, code: ErrorCode): error is TricastError {
  return isTricastError(error) && error.code === code;
}

/** Code of an error of the operating system, such as `ENOENT`. */
export function systemCode(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? "";
}
