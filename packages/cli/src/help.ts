import type { Command } from "./command.ts";
import { type Argument, formatFlag, type Option } from "./options.ts";

/** Columns of the help. */
const WIDTH = 100;

export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "Success."],
  ["1", "Failure. Standard error has the message, with a code of the error reference."],
  ["2", "The command line is wrong. The command did nothing."],
];

export function usage({ path, arguments: wanted, options }: Command): string {
  const needed = Object.values(options)
    .filter((option) => option.required === true)
    .map((option) => (option.env === undefined ? formatFlag(option) : `[${formatFlag(option)}]`));
  return ["tricast", ...path, ...Object.values(wanted).map(formatArgument), ...needed, "[options]"].join(" ");
}

export function commandHelp(command: Command): string {
  const { summary, details, examples } = command;
  const words = Object.values(command.arguments).map((one) => [formatArgument(one), one.description]);
  const options = Object.values(command.options).map((option) => [formatFlag(option), explainOption(option)]);
  return [
    summary,
    ...details.map((paragraph) => wrap(paragraph, WIDTH)),
    `Usage: ${usage(command)}`,
    ...(words.length > 0 ? [section("Arguments", words)] : []),
    section("Options", options),
    section(
      "Examples",
      examples.map((example) => [`tricast ${example}`]),
    ),
    section("Exit codes", EXIT_CODES),
  ].join("\n\n");
}

/** The list of commands that begin with these words. */
export function groupHelp(commands: readonly Command[], words: readonly string[]): string {
  return [
    `Usage: ${["tricast", ...words, "COMMAND"].join(" ")}`,
    section(
      "Commands",
      commands.map(({ path, summary }) => [path.join(" "), summary]),
    ),
    `For help on a command, run: ${["tricast", ...words, "COMMAND", "--help"].join(" ")}\nFor the version, run: tricast --version`,
  ].join("\n\n");
}

/** The text of an option in the help and in the reference. */
export function explainOption({ description, env, otherwise, repeats }: Option): string {
  const more = [
    repeats === true ? "Repeatable." : "",
    otherwise === undefined ? "" : `Default: ${otherwise}.`,
    env === undefined ? "" : `Environment variable: ${env}.`,
  ];
  return [description, ...more].filter(Boolean).join(" ");
}

export function formatArgument({ name, arity }: Argument): string {
  if (arity === "optional") return `[${name}]`;
  return arity === "many" ? `${name}...` : name;
}

/** Terms in a column, with their descriptions in the next column. */
function section(title: string, rows: readonly (readonly string[])[]): string {
  const column = Math.max(...rows.map(([term = ""]) => term.length)) + 4;
  const lines = rows.map(([term = "", description = ""]) => {
    const wrapped = wrap(description, WIDTH - column).replaceAll("\n", `\n${" ".repeat(column)}`);
    return `  ${term.padEnd(column - 2)}${wrapped}`.trimEnd();
  });
  return [`${title}:`, ...lines].join("\n");
}

function wrap(text: string, width: number): string {
  return text.replace(new RegExp(`(.{1,${width}})(?: +|\n|$)`, "g"), "$1\n").trimEnd();
}
