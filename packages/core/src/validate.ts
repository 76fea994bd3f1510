import { type ErrorCode, type Issue, TricastError } from "./errors.ts";
import { MOST_ISSUES } from "./http/problem.ts";
import { isPromise } from "./is-promise.ts";
import type { SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";
import { type Finding, findManyIssues, keysOf } from "./validate-large.ts";
import { type Container, hasMoreThan, KeyCache } from "./validate-walk.ts";

/** A value with more members than this is validated by a sample first. */
const MOST_UNSAMPLED = 10_000;

/**
 * The value as `schema` returns it. Synchronous if the schema's own check is.
 * @throws {TricastError} `code`, with one issue per place, as a JSON Pointer under `pointer`; {@link MOST_ISSUES} at most.
 */
export function validate<T>(
  schema: StandardSchema<unknown, T>,
  value: unknown,
  code: ErrorCode,
  pointer: string,
): T | Promise<T> {
  const keyCache = new KeyCache();
  if (!hasMoreThan(MOST_UNSAMPLED, value, keyCache)) return validateWhole(schema, value, code, pointer);
  const found = findManyIssues(schema, value as Container, keyCache);
  const proceed = (finding: Finding | undefined): T | Promise<T> => {
    if (finding === undefined) return validateWhole(schema, value, code, pointer);
    throw refused(code, toIssues(finding.issues, pointer), { count: finding.issues.length, isAll: false });
  };
  return isPromise(found) ? found.then(proceed) : proceed(found);
}

function validateWhole<T>(
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
  throw refused(code, toIssues(result.issues, pointer), { count: result.issues.length, isAll: true });
}

/** Number of issues found; an error keeps {@link MOST_ISSUES} of them. */
export interface Total {
  readonly count: number;
  /** False where validation stopped before the end. */
  readonly isAll: boolean;
}

/** One error for many issues; the message shows the first three. */
export function refused(
  code: ErrorCode,
  issues: readonly Issue[],
  { count, isAll }: Total = { count: issues.length, isAll: true },
): TricastError {
  const shown = issues.slice(0, 3).map(({ pointer, message }) => (pointer === "" ? message : `${pointer}: ${message}`));
  const more = count - shown.length;
  const rest = more > 0 ? ` (and ${isAll ? "" : "at least "}${more} more)` : "";
  return new TricastError(code, shown.join("; ") + rest, { issues: issues.slice(0, MOST_ISSUES) });
}

function toIssues(issues: readonly SchemaIssue[], base: string): readonly Issue[] {
  // Not `issues.slice`: arktype's issues are a subclass of Array.
  return Array.from({ length: Math.min(issues.length, MOST_ISSUES) }, (_, index) =>
    toIssue(issues[index] as SchemaIssue, base),
  );
}

/** Messages quote the input, and keys come from the client: both may be as long as the body. */
const MOST_TEXT = 500;

function toIssue(issue: SchemaIssue, base: string): Issue {
  const pointer = [base, ...keysOf(issue).map(escapePointer)].join("/");
  return { pointer: shortened(pointer), message: shortened(issue.message) };
}

/** RFC 6901, section 3. */
function escapePointer(part: PropertyKey): string {
  return shortened(String(part)).replaceAll("~", "~0").replaceAll("/", "~1");
}

function shortened(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`;
}
