import { type ErrorCode, type Issue, TricastError } from "./errors.ts";
import { isPromise } from "./model/cache.ts";
import type { SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";

/**
 * The value as `schema` gives it back. Not a promise unless the schema's own check is one.
 * @throws {TricastError} `code`, with one issue per place, as a JSON Pointer under `pointer`.
 */
export function validate<T>(
  schema: StandardSchema<unknown, T>,
  value: unknown,
  code: ErrorCode,
  pointer: string,
): T | Promise<T> {
  const result = schema["~standard"].validate(value);
  return isPromise(result) ? result.then((settled) => accept(settled, code, pointer)) : accept(result, code, pointer);
}

function accept<T>(result: SchemaResult<T>, code: ErrorCode, pointer: string): T {
  if (result.issues === undefined) return result.value;
  throw refused(
    code,
    result.issues.map((issue) => toIssue(issue, pointer)),
  );
}

/** One error for many issues; the message shows the first three. */
export function refused(code: ErrorCode, issues: readonly Issue[]): TricastError {
  const shown = issues.slice(0, 3).map(({ pointer, message }) => (pointer === "" ? message : `${pointer}: ${message}`));
  const more = issues.length > shown.length ? ` (and ${issues.length - shown.length} more)` : "";
  return new TricastError(code, shown.join("; ") + more, { issues });
}

function toIssue(issue: SchemaIssue, base: string): Issue {
  const pointer = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part)).map(escapePointer);
  return { pointer: [base, ...pointer].join("/"), message: issue.message };
}

/** RFC 6901, section 3. */
function escapePointer(part: PropertyKey): string {
  return String(part).replaceAll("~", "~0").replaceAll("/", "~1");
}
