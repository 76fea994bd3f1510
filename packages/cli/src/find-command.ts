import { didYouMean } from "@tricast/core/adapter";
import type { Command } from "./command.ts";
import { UsageError } from "./usage-error.ts";

/** What the first words of a command line call: a command and the words behind, or a group of commands. */
export type Found =
  | { readonly command: Command; readonly args: readonly string[] }
  | { readonly group: readonly Command[]; readonly words: readonly string[] };

/** @throws {UsageError} for words that call nothing. */
export function findCommand(commands: readonly Command[], args: readonly string[]): Found {
  const words = args.slice(0, firstOption(args));
  const command = commands.find(({ path }) => path.every((word, index) => word === words[index]));
  if (command !== undefined) return { command, args: args.slice(command.path.length) };
  const group = commands.filter(({ path }) => words.every((word, index) => word === path[index]));
  if (group.length > 0) return { group, words };
  throw unknown(commands, words);
}

function firstOption(args: readonly string[]): number {
  const index = args.findIndex((arg) => arg.startsWith("-"));
  return index === -1 ? args.length : index;
}

function unknown(commands: readonly Command[], words: readonly string[]): UsageError {
  const depth = words.findIndex(
    (_, index) => !commands.some((command) => startsWith(command, words.slice(0, index + 1))),
  );
  const before = words.slice(0, depth);
  const known = [
    ...new Set(commands.filter((command) => startsWith(command, before)).map(({ path }) => path[depth] ?? "")),
  ];
  const called = ["tricast", ...before].join(" ");
  return new UsageError(
    `${called} has no command "${words[depth]}"; ${didYouMean(words[depth] ?? "", known, `commands: ${known.join(", ")}`)}`,
  );
}

function startsWith({ path }: Command, words: readonly string[]): boolean {
  return words.every((word, index) => word === path[index]);
}
