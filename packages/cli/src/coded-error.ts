import { isTricastError, TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";

const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** The error of a command with a code: paths on the command line may not exist, be read-only, or be no files. */
export function codedError(error: unknown): TricastError {
  if (isTricastError(error)) return error;
  const { code = "", path, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return new TricastError("internal", messageOf(error), { cause: error });
  const failed = `cannot ${syscall} ${path ?? ""}: ${code}`;
  if (FULL.has(code)) {
    return new TricastError("disk-full", `${failed}; free some space, or use another disk`, { cause: error });
  }
  return new TricastError("invalid-option", `${failed}; use another path, or change its owner or mode`, {
    cause: error,
  });
}
