import { parseArgs } from "node:util";
import type { Tier } from "./tiers.ts";

/** Which part of each soak matrix runs. */
export interface SoakPart {
  /** Above 0, at most 1. */
  readonly fraction: number;
  /** A whole number from 0. The same seed picks the same cases. */
  readonly seed: number;
}

export interface TestArguments {
  readonly tiers: readonly Tier[];
  /** Files, folders and patterns. */
  readonly named: readonly string[];
  /** Flags for node. */
  readonly passedOn: readonly string[];
  readonly soak: SoakPart;
}

const OPTIONS = {
  "only-long": { type: "boolean" },
  fraction: { type: "string" },
  seed: { type: "string" },
} as const;
type Option = keyof typeof OPTIONS;

const COMMANDS: Readonly<Record<string, { readonly tiers: readonly Tier[]; readonly options: readonly Option[] }>> = {
  fast: { tiers: ["fast"], options: [] },
  all: { tiers: ["fast", "long"], options: ["only-long"] },
  soak: { tiers: ["soak"], options: ["fraction", "seed"] },
};

/**
 * Reads the arguments of scripts/test.ts: `fast`, `all` or `soak`, then what the user gave.
 * @throws {Error} for an option that the command does not take, and for a fraction or a seed out of range.
 */
export function parseTestArguments([name = "", ...args]: readonly string[]): TestArguments {
  const command = COMMANDS[name];
  if (command === undefined) throw new Error(`"${name}" is not one of ${Object.keys(COMMANDS).join(", ")}`);
  const { values, positionals, tokens } = parseArgs({
    args,
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options = tokens.filter((token) => token.kind === "option");
  for (const option of options) {
    if (isOurs(option.name) && !command.options.includes(option.name))
      throw new Error(`--${option.name} belongs to npm run test:${option.name === "only-long" ? "all" : "soak"}`);
  }
  const passedOn = new Set(options.filter((option) => !isOurs(option.name)).map(({ index }) => args[index] as string));
  return {
    tiers: values["only-long"] === true ? ["long"] : command.tiers,
    named: positionals,
    passedOn: [...passedOn],
    soak: { fraction: fractionOf(values.fraction), seed: seedOf(values.seed) },
  };
}

function isOurs(name: string): name is Option {
  return Object.hasOwn(OPTIONS, name);
}

function fractionOf(text: string | boolean | undefined): number {
  if (text === undefined) return 1;
  const fraction = Number(text === true ? "" : text);
  if (fraction > 0 && fraction <= 1) return fraction;
  throw new Error(`--fraction is ${text}; it must be above 0 and at most 1, such as --fraction 0.1`);
}

function seedOf(text: string | boolean | undefined): number {
  if (text === undefined) return 0;
  if (typeof text === "string" && /^\d{1,15}$/.test(text)) return Number(text);
  throw new Error(`--seed is ${text}; it must be a whole number from 0, such as --seed 7`);
}
