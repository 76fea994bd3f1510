import { didYouMean } from "@tricast/core/adapter";
import type { Command } from "./command.ts";
import { UsageError } from "./usage-error.ts";

/** The command or the group of commands that the first words of a command line name. */
export type Found =
  | { readonly command: Command; readonly args: readonly string[] }
  | { readonly group: readonly Command[]; readonly words: readonly string[] };

/** @throws {UsageError} if the words do not name a command. */
export function findCommand(commands: readonly Command[], args: readonly string[]): Found {
  const option = args.findIndex((arg) => arg.startsWith("-"));
  const words = option === -1 ? args : args.slice(0, option);
  const command = commands.find(({ path }) => startsWith(words, path));
  if (command !== undefined) return { command, args: args.slice(command.path.length) };
  const group = commands.filter(({ path }) => startsWith(path, words));
  if (group.length > 0) return { group, words };
  throw unknown(commands, words);
}

/** The first words of a command line that name a command or a group. */
export function knownWords(commands: readonly Command[], args: readonly string[]): readonly string[] {
  const isKnown = (words: readonly string[]) => commands.some(({ path }) => startsWith(path, words));
  const unknown = args.findIndex((_, index) => !isKnown(args.slice(0, index + 1)));
  return unknown === -1 ? args : args.slice(0, unknown);
}

function unknown(commands: readonly Command[], words: readonly string[]): UsageError {
  const before = knownWords(commands, words);
  const word = words[before.length] ?? "";
  const group = commands.filter(({ path }) => startsWith(path, before));
  const names = [...new Set(group.map(({ path }) => path[before.length] ?? ""))];
  const called = ["tricast", ...before].join(" ");
  const fix = didYouMean(word, names, `commands: ${names.join(", ")}`);
  return new UsageError(`${called} has no command "${word}"; ${fix}`);
}

function startsWith(words: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((word, index) => word === words[index]);
}
