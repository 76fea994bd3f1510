import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
import type { Hosting } from "./hosting.ts";
import type { Resources } from "./resources.ts";

/** What defaults may depend on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hosting: Hosting;
  readonly resources: Resources;
  /** Largest `limits.bodyBytes` of the predictors served. */
  readonly bodyBytes: number;
}

/** One option of the server: `serve(predictor, { name: value })`, `--flag` and its variable mean the same. */
export interface Option<T> {
  /** Its environment variable. */
  readonly variable: string;
  /** The value of a text, or `undefined` where it is none: then `rule` says what it should be. */
  parse(text: string): T | undefined;
  /** Whether a value given in code is one. */
  accepts(value: unknown): boolean;
  /** What a value must be, after "must be". */
  readonly rule: string;
  fallback(surroundings: Surroundings): T;
  /** The default as the reference tells it. */
  readonly otherwise: string;
  readonly description: string;
}

/** The option's value: from code, else from its variable, else its default. @throws {TricastError} `invalid-option`. */
export function readOption<T>(name: string, option: Option<T>, given: unknown, around: Surroundings): T {
  if (given !== undefined) {
    if (option.accepts(given)) return given as T;
    throw new TricastError("invalid-option", `${name} is ${show(given)}; it must be ${option.rule}`);
  }
  const text = around.env[option.variable];
  if (text === undefined || text === "") return option.fallback(around);
  const value = option.parse(text);
  if (value !== undefined) return value;
  throw new TricastError("invalid-option", `${option.variable} is ${show(text)}; it must be ${option.rule}`);
}

type Described<T> = Pick<Option<T>, "variable" | "description" | "otherwise" | "fallback">;

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number, described: Described<number>): Option<number> {
  const accepts = (value: unknown): boolean =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;
  return {
    ...described,
    accepts,
    parse: (text) => (accepts(Number(text)) ? Number(text) : undefined),
    rule:
      most === Number.MAX_SAFE_INTEGER ? `a whole number, ${least} or more` : `a whole number from ${least} to ${most}`,
  };
}

/** As {@link wholeNumber}, where none is a value too. */
export function optionalWholeNumber(
  least: number,
  most: number,
  described: Omit<Described<number>, "fallback">,
): Option<number | undefined> {
  return { ...wholeNumber(least, most, { ...described, fallback: () => least }), fallback: () => undefined };
}

export function words(described: Described<string>): Option<string> {
  return {
    ...described,
    accepts: (value) => typeof value === "string" && value !== "",
    parse: (text) => text,
    rule: "text that is not empty",
  };
}

export function optionalWords(described: Omit<Described<string>, "fallback">): Option<string | undefined> {
  return {
    ...words({ ...described, fallback: () => "" }),
    fallback: () => undefined,
  };
}

export function oneOf<const V extends string>(values: readonly V[], described: Described<V>): Option<V> {
  return {
    ...described,
    accepts: (value) => values.includes(value as V),
    parse: (text) => values.find((value) => value === text),
    rule: `one of ${values.join(", ")}`,
  };
}

/** A part of one: 0 is none, 1 is all. */
export function share(described: Described<number>): Option<number> {
  const accepts = (value: unknown): boolean => typeof value === "number" && value >= 0 && value <= 1;
  return {
    ...described,
    accepts,
    parse: (text) => (text.trim() !== "" && accepts(Number(text)) ? Number(text) : undefined),
    rule: "a number from 0 (none) to 1 (all)",
  };
}

/** Several texts, separated by commas in the variable. */
export function list(described: Described<readonly string[]>): Option<readonly string[]> {
  return {
    ...described,
    accepts: (value) => Array.isArray(value) && value.every((item) => typeof item === "string" && item !== ""),
    parse: (text) =>
      text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    rule: "texts that are not empty, in the variable separated by commas",
  };
}
