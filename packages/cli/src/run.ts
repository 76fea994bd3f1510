import { codedError } from "./coded-error.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { findCommand, knownWords } from "./find-command.ts";
import { commandHelp, groupHelp } from "./help.ts";
import type { Io } from "./io.ts";
import { parseArguments } from "./parse-arguments.ts";
import { UsageError } from "./usage-error.ts";

/** The parts of the process that `run` uses. */
export interface Surroundings extends Io {
  /** Version of the package, for `--version`. */
  readonly version: string;
  /** Writes to standard output, for programs and pipes. */
  print(text: string): void;
}

/** 0: success. 1: failure. 2: the command line is wrong. */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs one command line (the words after `tricast`). Never rejects: an error is printed on standard error, and with
 * `--json` as `{"error": {"code", "message"}}` on standard output too.
 */
export async function run(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  try {
    return await perform(args, around);
  } catch (error) {
    return report(args, error, around);
  }
}

async function perform(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  if (args[0] === "--version") return succeed(around.version, around);
  const found = findCommand(COMMANDS, args);
  if ("group" in found) return explainGroup(found.group, found.words, args, around);
  const { help, json, ...values } = parseArguments(found.command, found.args, around.env);
  if (help === true) return succeed(commandHelp(found.command), around);
  const outcome = await found.command.run(values, around);
  around.print(json === true ? JSON.stringify(outcome.json, null, 2) : outcome.text);
  return outcome.exitCode ?? 0;
}

/** With `--help`, the list of commands is the result. Otherwise the command line is incomplete. */
function explainGroup(
  group: readonly Command[],
  words: readonly string[],
  args: readonly string[],
  around: Surroundings,
): ExitCode {
  const help = groupHelp(group, words);
  if (args.includes("--help")) return succeed(help, around);
  const option = args.find((arg) => arg.startsWith("-"));
  if (option !== undefined) throw new UsageError(`${option} is before the command; write the command first`);
  around.note(help);
  return 2;
}

function succeed(text: string, { print }: Surroundings): ExitCode {
  print(text);
  return 0;
}

function report(args: readonly string[], error: unknown, around: Surroundings): ExitCode {
  const { code, message } = codedError(error);
  if (args.includes("--json")) around.print(JSON.stringify({ error: { code, message } }, null, 2));
  around.note(`error ${code}: ${message}`);
  if (!(error instanceof UsageError)) return 1;
  around.note(`For help, run: ${["tricast", ...knownWords(COMMANDS, args), "--help"].join(" ")}`);
  return 2;
}
