import { parseArgs } from "node:util";
import { isTricastError } from "@tricast/core";
import { didYouMean } from "@tricast/core/adapter";
import type { Command } from "./command.ts";
import type { Env } from "./io.ts";
import { type Argument, formatFlag, type Option } from "./options.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Reads the words after the name of a command. An option that is not given is read from its environment variable. An
 * empty variable counts as not set.
 * @throws {UsageError}
 */
export function parseArguments(command: Command, args: readonly string[], env: Env): Readonly<Record<string, unknown>> {
  const options = Object.values(command.options);
  const { given, rest } = collect(options, args);
  if (given.get("help") !== undefined) return { help: true };
  return Object.fromEntries([...readArguments(command.arguments, rest), ...readOptions(command.options, given, env)]);
}

type Given = ReadonlyMap<string, readonly string[]>;

function collect(options: readonly Option[], args: readonly string[]): { given: Given; rest: readonly string[] } {
  const config = options.map(({ flag, placeholder }) => {
    return [flag, { type: placeholder === undefined ? "boolean" : "string" }] as const;
  });
  const known = Object.fromEntries(config);
  const { tokens } = parseArgs({ args, options: known, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, string[]>();
  const rest: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") rest.push(token.value);
    if (token.kind !== "option") continue;
    const option = findOption(options, token.name, token.rawName);
    const value = option.placeholder === undefined ? readSwitch(option, token) : readValue(option, token);
    const before = given.get(option.flag) ?? [];
    if (before.length > 0 && option.repeats !== true)
      throw new UsageError(`--${option.flag} is given twice; give it once`);
    given.set(option.flag, [...before, value]);
  }
  return { given, rest };
}

interface Token {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function findOption(options: readonly Option[], name: string, rawName: string): Option {
  const negated = options.find((one) => one.negated === true && `no-${one.flag}` === name);
  const found = negated ?? options.find(({ flag }) => flag === name);
  if (found !== undefined && rawName.startsWith("--")) return found;
  const flags = options.map((option) => formatFlag(option).split(" ")[0] as string);
  throw new UsageError(`unknown option ${rawName}; ${didYouMean(rawName, flags, `options: ${flags.join(", ")}`)}`);
}

function readSwitch(option: Option, { name, value }: Token): string {
  if (value === undefined) return name === option.flag ? "true" : "false";
  throw new UsageError(`${formatFlag(option)} is a switch; give it without "=${value}"`);
}

function readValue(option: Option, { value, inlineValue }: Token): string {
  if (value === undefined || value === "")
    throw new UsageError(`--${option.flag} has no value; write ${formatFlag(option)}`);
  if (inlineValue === true || !value.startsWith("-")) return value;
  // The value was probably forgotten, and this is the next option.
  throw new UsageError(
    `--${option.flag} has no value before ${value}; if ${value} is its value, write --${option.flag}=${value}`,
  );
}

function* readOptions(options: Command["options"], given: Given, env: Env): Generator<readonly [string, unknown]> {
  for (const [key, option] of Object.entries(options)) {
    const fromEnv = option.env === undefined ? undefined : env[option.env] || undefined;
    const texts = given.get(option.flag) ?? (fromEnv === undefined ? [] : [fromEnv]);
    if (texts.length === 0 && option.required === true) throw missing(option);
    const source = given.has(option.flag) ? `--${option.flag}` : (option.env ?? "");
    yield [key, explain(source, () => option.read(texts))];
  }
}

function missing(option: Option): UsageError {
  const variable = option.env === undefined ? "" : `, or set ${option.env}`;
  return new UsageError(`--${option.flag} is missing; give ${formatFlag(option)}${variable}`);
}

function* readArguments(
  wanted: Readonly<Record<string, Argument>>,
  rest: readonly string[],
): Generator<readonly [string, unknown]> {
  let left = rest;
  for (const [key, argument] of Object.entries(wanted)) {
    const mine = argument.arity === "many" ? left : left.slice(0, 1);
    left = left.slice(mine.length);
    if (mine.length === 0 && argument.arity !== "optional") {
      throw new UsageError(`${argument.name} is missing: ${argument.description}`);
    }
    yield [key, explain(argument.name, () => argument.read(mine))];
  }
  if (left.length > 0) throw new UsageError(`${JSON.stringify(left[0])} is one argument too many; remove it`);
}

/** A wrong value on the command line is a usage error, whichever package refuses it. */
function explain<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isTricastError(error)) throw error;
    throw new UsageError(`${source}: ${error.message}`, error);
  }
}
