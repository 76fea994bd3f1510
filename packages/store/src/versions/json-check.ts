import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";

/** A member of a JSON document that is not what it must be. */
class Misfit {
  readonly pointer: string;
  readonly problem: string;

  constructor(pointer: string, problem: string) {
    this.pointer = pointer;
    this.problem = problem;
  }
}

export type Json = Readonly<Record<string, unknown>>;
/** Returns the value it was given, or throws where it does not fit. `pointer` is a JSON Pointer (RFC 6901). */
export type Check<T> = (value: unknown, pointer: string) => T;

/**
 * Parses `text` and checks it.
 * @param what names the document in messages: its URI.
 * @throws {TricastError} `model-invalid`, naming the member that does not fit.
 */
export function parseDocument<T>(text: string, what: string, check: Check<T>): T {
  try {
    return check(JSON.parse(text), "");
  } catch (cause) {
    if (cause instanceof Misfit) throw invalid(what, `${cause.pointer || "the document"} ${cause.problem}`);
    if (cause instanceof SyntaxError) throw invalid(what, `it is not JSON (${cause.message})`, cause);
    throw cause;
  }
}

export function misfit(pointer: string, value: unknown, rule: string): never {
  throw new Misfit(pointer, `is ${show(value)}; it must be ${rule}`);
}

export const record: Check<Json> = (value, pointer) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : misfit(pointer, value, "an object");

export const text: Check<string> = (value, pointer) =>
  typeof value === "string" ? value : misfit(pointer, value, "a string");

export const finite: Check<number> = (value, pointer) =>
  typeof value === "number" && Number.isFinite(value) ? value : misfit(pointer, value, "a number");

export function matching(pattern: RegExp, rule: string): Check<string> {
  return (value, pointer) => (typeof value === "string" && pattern.test(value) ? value : misfit(pointer, value, rule));
}

export function integer(least: number): Check<number> {
  return (value, pointer) =>
    Number.isSafeInteger(value) && (value as number) >= least
      ? (value as number)
      : misfit(pointer, value, `a whole number of at least ${least}`);
}

/** Whatever the check returns, each element of the array must pass it. */
export function arrayOf<T>(check: Check<T>, least = 0): Check<readonly T[]> {
  return (value, pointer) => {
    if (!Array.isArray(value) || value.length < least) {
      return misfit(pointer, value, least === 0 ? "an array" : `an array of at least ${least}`);
    }
    for (const [index, element] of value.entries()) check(element, `${pointer}/${index}`);
    return value as readonly T[];
  };
}

/** An object whose members, whatever their names, all pass `check`. */
export function recordOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, pointer) => {
    for (const [key, member] of Object.entries(record(value, pointer))) check(member, `${pointer}/${escapeKey(key)}`);
    return value as Readonly<Record<string, T>>;
  };
}

/** An object with at least `required`; `optional` are checked where present. Unknown members are left alone. */
export function shape(
  required: Readonly<Record<string, Check<unknown>>>,
  optional: Readonly<Record<string, Check<unknown>>> = {},
): Check<Json> {
  return (value, pointer) => {
    const object = record(value, pointer);
    for (const [key, check] of Object.entries(required)) {
      if (!Object.hasOwn(object, key)) throw new Misfit(`${pointer}/${key}`, "is missing");
      check(object[key], `${pointer}/${key}`);
    }
    for (const [key, check] of Object.entries(optional)) {
      if (Object.hasOwn(object, key)) check(object[key], `${pointer}/${key}`);
    }
    return object;
  };
}

/** Refuses a document of a later format before anything else about it is read. */
export const formatOne: Check<void> = (value, pointer) => {
  const { format } = record(value, pointer);
  if (format === 1) return;
  const newer = typeof format === "number" && format > 1;
  misfit(`${pointer}/format`, format, newer ? "1 for this release of tricast: install a newer one" : "1");
};

function escapeKey(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function invalid(what: string, problem: string, cause?: unknown): TricastError {
  return new TricastError("model-invalid", `${what} cannot be used: ${problem}; restore it, or push the model again`, {
    cause,
  });
}
