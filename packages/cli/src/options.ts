import { didYouMean } from "@tricast/core/adapter";
import { UsageError } from "./usage-error.ts";

/** One option: everything its parsing, the help and the reference need. */
export interface Option<T = unknown> {
  /** Without `--`. */
  readonly flag: string;
  readonly description: string;
  /** What stands behind it, such as `URI`. Absent for a switch. */
  readonly placeholder?: string;
  /** Environment variable that is read where the option is not given. */
  readonly env?: string;
  readonly required?: true;
  /** May be given several times. */
  readonly repeats?: true;
  /** A switch that is on unless `--no-FLAG` is given. */
  readonly negated?: true;
  /** What happens without it, for the help. */
  readonly otherwise?: string;
  /** From what was given, in order, to the value. A switch is given as `true` or `false`. */
  readonly read: (given: readonly string[]) => T;
}

/** One word of the command line that is no option. */
export interface Argument<T = unknown> {
  readonly name: string;
  readonly description: string;
  readonly arity: "one" | "optional" | "many";
  readonly read: (given: readonly string[]) => T;
}

/** Turns text into a value; what it throws says what is wrong. */
export type Parse<T> = (text: string) => T;

type Described = Pick<Option, "flag" | "description"> & { readonly env?: string };
type Valued<T> = Described & { readonly placeholder: string; readonly parse: Parse<T> };

export const words: Parse<string> = (text) => text;

export function required<T>({ parse, ...option }: Valued<T>): Option<T> {
  return { ...option, required: true, read: ([given]) => parse(given as string) };
}

export function optional<T>({ parse, ...option }: Valued<T> & { readonly otherwise?: string }): Option<T | undefined> {
  return { ...option, read: ([given]) => (given === undefined ? undefined : parse(given)) };
}

export function defaulted<T>({ parse, fallback, ...option }: Valued<T> & { readonly fallback: T }): Option<T> {
  const read = ([given]: readonly string[]): T => (given === undefined ? fallback : parse(given));
  return { ...option, otherwise: String(fallback), read };
}

export function repeated<T>({ parse, ...option }: Valued<T>): Option<readonly T[]> {
  return { ...option, repeats: true, read: (given) => given.map(parse) };
}

/** Off unless given. */
export function switchOn(option: Described): Option<boolean> {
  return { ...option, read: ([given]) => given === "true" };
}

/** On unless given as `--no-FLAG`. */
export function switchOff(option: Described): Option<boolean> {
  return { ...option, negated: true, read: ([given]) => given !== "false" };
}

export function argument<T>(name: string, description: string, parse: Parse<T>): Argument<T> {
  return { name, description, arity: "one", read: ([given]) => parse(given as string) };
}

export function optionalArgument<T>(name: string, description: string, parse: Parse<T>): Argument<T | undefined> {
  return { name, description, arity: "optional", read: ([given]) => (given === undefined ? undefined : parse(given)) };
}

/** At least one. */
export function manyArguments<T>(name: string, description: string, parse: Parse<T>): Argument<readonly T[]> {
  return { name, description, arity: "many", read: (given) => given.map(parse) };
}

/** A whole number. */
export function count(least: number): Parse<number> {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new UsageError(`${JSON.stringify(text)} is not a whole number of at least ${least}; give one`);
  };
}

/** `key=value`. */
export function pair<T>(value: Parse<T>): Parse<readonly [string, T]> {
  return (text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), value(text.slice(at + 1))];
    throw new UsageError(`${JSON.stringify(text)} is not KEY=VALUE; write it so`);
  };
}

export const decimal: Parse<number> = (text) => {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`${JSON.stringify(text)} is not a number; write it like 0.97`);
};

/** How an option reads on a command line. */
export function formatFlag({ flag, placeholder, negated }: Option): string {
  return placeholder === undefined ? `--${negated === true ? "no-" : ""}${flag}` : `--${flag} ${placeholder}`;
}

/** One of some words. */
export function oneOf<const T extends string>(values: readonly T[]): Parse<T> {
  return (text) => {
    const value = values.find((one) => one === text);
    if (value !== undefined) return value;
    const fix = didYouMean(text, values, "give one of them");
    throw new UsageError(`${JSON.stringify(text)} is not one of ${values.join(", ")}; ${fix}`);
  };
}
