import { type ErrorCode, isTricastError, type TricastError } from "@tricast/core";

export function hasCode(error: unknown, code: ErrorCode): error is TricastError {
  return isTricastError(error) && error.code === code;
}
