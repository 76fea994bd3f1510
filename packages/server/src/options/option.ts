import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
import type { Hosting } from "./hosting.ts";
import type { Resources } from "./resources.ts";

/** Values that are known at the start of the server. Defaults may depend on them. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hosting: Hosting;
  readonly resources: Resources;
  /** Largest `limits.bodyBytes` of the predictors. */
  readonly bodyBytes: number;
}

/** The type of an option's values. */
interface Kind<T> {
  /** The value that a text means; `undefined` if the text breaks the rule. */
  parse(text: string): T | undefined;
  /** Whether a value in code follows the rule. */
  accepts(value: unknown): boolean;
  /** The rule in words, after "must be". */
  readonly rule: string;
}

/** One option of the server: `serve(predictor, { name: value })`, `--flag` and its variable mean the same. */
export interface Option<T> extends Kind<T> {
  readonly description: string;
  fallback(context: Context): T;
  /** The default, for the reference. */
  readonly otherwise: string;
}

/** The option's value: from code, then from its variable, then its default. @throws {TricastError} `invalid-option`. */
export function readOption<T>(
  name: string,
  option: Option<T> & { readonly variable: string },
  given: unknown,
  context: Context,
): T {
  const { variable, rule } = option;
  if (given !== undefined) {
    if (option.accepts(given)) return given as T;
    throw new TricastError("invalid-option", `${name} is ${show(given)}; it must be ${rule}`);
  }
  const text = context.env[variable];
  if (text === undefined || text === "") return option.fallback(context);
  const value = option.parse(text);
  if (value !== undefined) return value;
  throw new TricastError("invalid-option", `${variable} is ${show(text)}; it must be ${rule}`);
}

export function option<T>(
  kind: Kind<T>,
  description: string,
  fallback: (context: Context) => T,
  otherwise: string,
): Option<T> {
  return { ...kind, description, fallback, otherwise };
}

/** An option whose default is always `value`. */
export function constant<T extends string | number>(
  kind: Kind<T>,
  description: string,
  value: T,
  otherwise = String(value).replace(/\B(?=(?:\d{3})+$)/g, ","),
): Option<T> {
  return option(kind, description, () => value, otherwise);
}

/** An option without a default. */
export function optional<T>(kind: Kind<T>, description: string, otherwise = "none"): Option<T | undefined> {
  return option<T | undefined>(kind, description, () => undefined, otherwise);
}

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): Kind<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`;
  return number((value) => Number.isSafeInteger(value) && value >= least && value <= most, `a whole number${range}`);
}

/** A fraction from 0 to 1. */
export const share = number((value) => value >= 0 && value <= 1, "a number from 0 (none) to 1 (all)");

function number(accepts: (value: number) => boolean, rule: string): Kind<number> {
  return {
    accepts: (value) => typeof value === "number" && accepts(value),
    parse: (text) => (text.trim() !== "" && accepts(Number(text)) ? Number(text) : undefined),
    rule,
  };
}

export const words: Kind<string> = {
  accepts: (value) => typeof value === "string" && value !== "",
  parse: (text) => text,
  rule: "text that is not empty",
};

/** Several texts, separated by commas in the variable. */
export const list: Kind<readonly string[]> = {
  accepts: (value) => Array.isArray(value) && value.every(words.accepts),
  parse: (text) => textsIn(text, ","),
  rule: "texts that are not empty, in the variable separated by commas",
};

export function oneOf<const V extends string>(values: readonly V[]): Kind<V> {
  return {
    accepts: (value) => values.includes(value as V),
    parse: (text) => values.find((value) => value === text),
    rule: `one of ${values.join(", ")}`,
  };
}

/** The texts between separators, without spaces around them and without empty ones. */
export function textsIn(text: string, separator: string): readonly string[] {
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
