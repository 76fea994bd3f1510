import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";

/** A member of a JSON document is not valid. The message begins with its pointer. */
class Misfit extends Error {}

export type Json = Readonly<Record<string, unknown>>;
/** Returns the value, or throws if it is not valid. `pointer` is a JSON Pointer (RFC 6901). */
export type Check<T> = (value: unknown, pointer: string) => T;

/**
 * Parses `text` and checks it.
 * @param what the document's URI, for messages.
 * @throws {TricastError} `model-invalid`, naming the first member that is not valid.
 */
export function parseDocument<T>(text: string, what: string, check: Check<T>): T {
  try {
    return check(JSON.parse(text), "");
  } catch (cause) {
    if (cause instanceof Misfit) throw invalid(what, cause.message);
    if (cause instanceof SyntaxError) throw invalid(what, `it is not JSON (${cause.message})`, cause);
    throw cause;
  }
}

export function misfit(pointer: string, value: unknown, rule: string): never {
  throw new Misfit(`${pointer || "the document"} is ${show(value)}; it must be ${rule}`);
}

function checked<T>(fits: (value: unknown) => value is T, rule: string): Check<T> {
  return (value, pointer) => (fits(value) ? value : misfit(pointer, value, rule));
}

export const record = checked((value): value is Json => {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}, "an object");
export const text = checked((value) => typeof value === "string", "a string");
export const finite = checked((value): value is number => Number.isFinite(value), "a number");

/** A string that passes `fits`. */
export function textThat(fits: (text: string) => boolean, rule: string): Check<string> {
  return checked((value): value is string => typeof value === "string" && fits(value), rule);
}

export function matching(pattern: RegExp, rule: string): Check<string> {
  return textThat((value) => pattern.test(value), rule);
}

export function integer(least: number): Check<number> {
  const fits = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= least;
  return checked(fits, `a whole number of at least ${least}`);
}

/** An array whose elements all pass `check`. */
export function arrayOf<T>(check: Check<T>, least = 0): Check<readonly T[]> {
  return (value, pointer) => {
    if (!Array.isArray(value) || value.length < least) {
      return misfit(
        pointer,
        value,
        least === 0 ? "an array" : `an array of at least ${least} element${least === 1 ? "" : "s"}`,
      );
    }
    for (const [index, element] of value.entries()) check(element, `${pointer}/${index}`);
    return value as readonly T[];
  };
}

/** An object with any names, whose members all pass `check`. */
export function recordOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, pointer) => {
    for (const [key, member] of Object.entries(record(value, pointer))) check(member, `${pointer}/${escapeKey(key)}`);
    return value as Readonly<Record<string, T>>;
  };
}

/** An object with the members `required`. Members of `optional` are checked if present. Unknown members are allowed. */
export function shape(
  required: Readonly<Record<string, Check<unknown>>>,
  optional: Readonly<Record<string, Check<unknown>>> = {},
): Check<Json> {
  return (value, pointer) => {
    const object = record(value, pointer);
    for (const [key, check] of Object.entries(required)) {
      if (!Object.hasOwn(object, key)) throw new Misfit(`${pointer}/${key} is missing`);
      check(object[key], `${pointer}/${key}`);
    }
    for (const [key, check] of Object.entries(optional)) {
      if (Object.hasOwn(object, key)) check(object[key], `${pointer}/${key}`);
    }
    return object;
  };
}

/** Refuses a document of a later format before its other members are read. */
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
  const message = `${what} cannot be used: ${problem}; restore it, or push the model again`;
  return new TricastError("model-invalid", message, { cause });
}
