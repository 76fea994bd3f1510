import { ERRORS, isKnownError, messageOf, TricastError } from "../errors.ts";
import type { WholeResponse } from "../seam.ts";

/** Of one error: kept, and answered. */
export const MOST_ISSUES = 100;

/**
 * The `application/problem+json` response (RFC 9457) of an error. An error without a code is ours to explain and
 * nobody's to read: the client sees `internal`, and neither message nor stack.
 */
export function toProblem(error: TricastError): WholeResponse {
  const { status, title, expose } = ERRORS[error.code];
  const issues = error.issues?.slice(0, MOST_ISSUES);
  const body = {
    type: `urn:tricast:error:${error.code}`,
    title,
    status,
    code: error.code,
    detail: expose ? error.message : undefined,
    errors: expose ? issues : undefined,
  };
  const headers: Record<string, string> = { "content-type": "application/problem+json", ...error.headers };
  if (error.retryAfterSeconds !== undefined)
    headers["retry-after"] = String(Math.max(0, Math.ceil(error.retryAfterSeconds)));
  return { status, headers, body: JSON.stringify(body) };
}

/** Gives an error without a code the code of where it arose. */
export function withCode(error: unknown, code: "predict-failed" | "internal", where: string): TricastError {
  if (isKnownError(error)) return error;
  const name = error instanceof Error ? `${error.name}: ` : "";
  return new TricastError(code, `${where}: ${name}${messageOf(error)}`, { cause: error });
}
