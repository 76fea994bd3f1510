import { parseArgs } from "node:util";

export interface BenchOptions {
  readonly suites: readonly string[];
  /** Undefined: each suite's own default. */
  readonly rounds: number | undefined;
  readonly quick: boolean;
  readonly json: boolean;
  readonly docs: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run bench [-- suite ...] [options]

Without a suite: all of them, one after the other.

  --rounds N   rounds of each comparison (default 21, server 5; under 20, differences below 10 % mean nothing)
  --quick      few rounds and short batches, to see that a suite runs
  --json       print the results as JSON and nothing else
  --docs       write the report into docs/benchmarks.md
  --help       this text, with the suites`;

/** @throws {TypeError} for an unknown option or an invalid number of rounds. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      docs: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return { ...values, suites: positionals, rounds: parseRounds(values.rounds) };
}

function parseRounds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rounds = Number(text);
  if (Number.isSafeInteger(rounds) && rounds >= 1 && rounds <= 1000) return rounds;
  throw new TypeError(`--rounds is ${JSON.stringify(text)}; it must be a whole number from 1 to 1000`);
}
