import { isTricastError } from "@tricast/core";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { findCommand } from "./find-command.ts";
import { commandHelp, groupHelp } from "./help.ts";
import type { Io } from "./io.ts";
import { parseArguments } from "./parse-arguments.ts";
import { UsageError } from "./usage-error.ts";

/** What `run` needs of the process it runs in. */
export interface Surroundings extends Io {
  /** Of the package, for `--version`. */
  readonly version: string;
  /** Writes to standard output: what a program may read. */
  print(text: string): void;
}

/** 0: done. 1: failed. 2: the command line is wrong. */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs one command line (the words behind `tricast`). Never rejects: what goes wrong is told on standard error, and with
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
  const values = parseArguments(found.command, found.args, around.env);
  if (values.help === true) return succeed(commandHelp(found.command), around);
  const outcome = await found.command.run(values, around);
  around.print(values.json === true ? JSON.stringify(outcome.json, null, 2) : outcome.text);
  return outcome.exitCode ?? 0;
}

/** Asked for, it is an answer; called without a command, it is a mistake. */
function explainGroup(
  group: readonly Command[],
  words: readonly string[],
  args: readonly string[],
  around: Surroundings,
): ExitCode {
  const help = groupHelp(group, words);
  if (args.includes("--help")) return succeed(help, around);
  const option = args.find((arg) => arg.startsWith("-"));
  if (option !== undefined) throw new UsageError(`${option} stands before the command; write the command first`);
  around.note(help);
  return 2;
}

function succeed(text: string, { print }: Surroundings): ExitCode {
  print(text);
  return 0;
}

function report(args: readonly string[], error: unknown, around: Surroundings): ExitCode {
  const code = isTricastError(error) ? error.code : "internal";
  const message = error instanceof Error ? error.message : String(error);
  if (args.includes("--json")) around.print(JSON.stringify({ error: { code, message } }, null, 2));
  around.note(`error ${code}: ${message}`);
  if (!(error instanceof UsageError)) return 1;
  around.note(`"${["tricast", ...knownWords(args), "--help"].join(" ")}" tells how it is used.`);
  return 2;
}

/** As much of the command line as names a command or a group. */
function knownWords(args: readonly string[]): readonly string[] {
  let known = 0;
  while (known < args.length && COMMANDS.some(({ path }) => startsWith(path, args.slice(0, known + 1)))) known++;
  return args.slice(0, known);
}

function startsWith(path: readonly string[], words: readonly string[]): boolean {
  return words.every((word, index) => word === path[index]);
}
