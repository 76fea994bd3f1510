import { ERRORS, isKnownError, messageOf, TricastError } from "../errors.ts";
import type { WholeResponse } from "../seam.ts";

/** Most issues that one error keeps, and its response lists. */
export const MOST_ISSUES = 100;

/**
 * The `application/problem+json` response (RFC 9457) of an error. For an error without a code the client reads `internal`,
 * without the error's message and stack.
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
  const headers = { "content-type": "application/problem+json", ...errorHeaders(error) };
  return { status, headers, body: JSON.stringify(body) };
}

/** Headers of the response to an error in any format: the error's own, and `retry-after`. */
export function errorHeaders({ headers, retryAfterSeconds }: TricastError): Readonly<Record<string, string>> {
  if (retryAfterSeconds === undefined) return headers ?? {};
  return { ...headers, "retry-after": String(Math.max(0, Math.ceil(retryAfterSeconds))) };
}

/** Adds a code to an error that has none. */
export function withCode(error: unknown, code: "predict-failed" | "internal", where: string): TricastError {
  if (isKnownError(error)) return error;
  const name = error instanceof Error ? `${error.name}: ` : "";
  return new TricastError(code, `${where}: ${name}${messageOf(error)}`, { cause: error });
}
