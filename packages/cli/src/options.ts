import { didYouMean } from "@tricast/core/adapter";
import { UsageError } from "./usage-error.ts";

/** An option without its flag, which is its key in the command: `maxQueue` is `--max-queue`. */
export interface UnnamedOption<T = unknown> {
  readonly description: string;
  /** The name of the value in the help, such as `URI`. Absent for a switch. */
  readonly placeholder?: string;
  /** Environment variable that is read when the option is not given. */
  readonly env?: string;
  readonly required?: true;
  /** May be given several times. */
  readonly repeats?: true;
  /** A switch that is on unless `--no-FLAG` is given. */
  readonly negated?: true;
  /** What the command does without the option, for the help. */
  readonly otherwise?: string;
  /** Turns the texts from the command line, in order, into the value. The text of a switch is `true` or `false`. */
  readonly read: (given: readonly string[]) => T;
}

/** One option: everything that the parser, the help and the reference need. */
export interface Option<T = unknown> extends UnnamedOption<T> {
  /** Without `--`. */
  readonly flag: string;
}

/** One word of the command line that is not an option. */
export interface Argument<T = unknown> {
  readonly name: string;
  readonly description: string;
  readonly arity: "one" | "optional" | "many";
  readonly read: (given: readonly string[]) => T;
}

/** Turns text into a value. Throws an error that names the fault of the text. */
export type Parse<T> = (text: string) => T;

interface Details<T> {
  /** Default: the text. */
  readonly parse?: Parse<T>;
  readonly env?: string;
  readonly otherwise?: string;
}

export const words: Parse<string> = (text) => text;

export function required<T = string>(
  placeholder: string,
  description: string,
  details: Details<T> = {},
): UnnamedOption<NoInfer<T>> {
  return { ...optional(placeholder, description, details), required: true } as UnnamedOption<T>;
}

export function optional<T = string>(
  placeholder: string,
  description: string,
  { parse = words as Parse<T>, ...details }: Details<T> = {},
): UnnamedOption<NoInfer<T> | undefined> {
  const read = ([given]: readonly string[]) => (given === undefined ? undefined : parse(given));
  return { placeholder, description, ...details, read };
}

export function defaulted<T = string>(
  placeholder: string,
  description: string,
  { fallback, ...details }: Details<T> & { readonly fallback: NoInfer<T> },
): UnnamedOption<NoInfer<T>> {
  const { read, ...option } = optional(placeholder, description, details);
  return { otherwise: String(fallback), ...option, read: (given) => read(given) ?? fallback };
}

export function repeated<T = string>(
  placeholder: string,
  description: string,
  parse = words as Parse<T>,
): UnnamedOption<readonly NoInfer<T>[]> {
  return { placeholder, description, repeats: true, read: (given) => given.map(parse) };
}

/** Off unless given. */
export function switchOn(description: string): UnnamedOption<boolean> {
  return { description, read: ([given]) => given === "true" };
}

/** On unless given as `--no-FLAG`. */
export function switchOff(description: string): UnnamedOption<boolean> {
  return { description, negated: true, read: ([given]) => given !== "false" };
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
    throw new UsageError(`${JSON.stringify(text)} is not KEY=VALUE; write both, with "=" between them`);
  };
}

export const decimal: Parse<number> = (text) => {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`${JSON.stringify(text)} is not a number; write it like 0.97`);
};

/** One of some words. */
export function oneOf<const T extends string>(values: readonly T[]): Parse<T> {
  return (text) => {
    const value = values.find((one) => one === text);
    if (value !== undefined) return value;
    const fix = didYouMean(text, values, "give one of them");
    throw new UsageError(`${JSON.stringify(text)} is not one of ${values.join(", ")}; ${fix}`);
  };
}

/** The option as it is written on a command line. */
export function formatFlag({ flag, placeholder, negated }: Option): string {
  return placeholder === undefined ? `--${negated === true ? "no-" : ""}${flag}` : `--${flag} ${placeholder}`;
}
