import type { Command } from "./command.ts";
import { type Argument, formatFlag, type Option } from "./options.ts";
import { align } from "./table.ts";

export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "Done."],
  ["1", "Failed: what and why is on standard error, with a code of the error reference."],
  ["2", "The command line is wrong; nothing was done."],
];

export function usage({ path, arguments: wanted, options }: Command): string {
  const needed = Object.values(options)
    .filter((option) => option.required === true)
    .map((option) => (option.env === undefined ? formatFlag(option) : `[${formatFlag(option)}]`));
  return ["tricast", ...path, ...Object.values(wanted).map(formatArgument), ...needed, "[options]"].join(" ");
}

export function commandHelp(command: Command): string {
  const { summary, details, arguments: wanted, options, examples } = command;
  const arity = Object.values(wanted).map((one) => [formatArgument(one), one.description]);
  return [
    summary,
    ...details,
    `Usage: ${usage(command)}`,
    ...(arity.length > 0 ? [section("Arguments", arity)] : []),
    section(
      "Options",
      Object.values(options).map((option) => [formatFlag(option), explainOption(option)]),
    ),
    section(
      "Examples",
      examples.map((example) => [`tricast ${example}`]),
    ),
    section("Exit codes", EXIT_CODES),
  ].join("\n\n");
}

/** The commands that begin with these words. */
export function groupHelp(commands: readonly Command[], words: readonly string[]): string {
  return [
    `Usage: ${["tricast", ...words, "COMMAND"].join(" ")}`,
    section(
      "Commands",
      commands.map(({ path, summary }) => [path.join(" "), summary]),
    ),
    `"${["tricast", ...words, "COMMAND", "--help"].join(" ")}" tells more about one; "tricast --version" prints the version.`,
  ].join("\n\n");
}

/** What the help and the reference say behind an option. */
export function explainOption({ description, env, otherwise, repeats }: Option): string {
  const more = [
    repeats === true ? "May be repeated." : "",
    otherwise === undefined ? "" : `Default: ${otherwise}.`,
    env === undefined ? "" : `Also ${env}.`,
  ];
  return [description, ...more].filter(Boolean).join(" ");
}

export function formatArgument({ name, arity }: Argument): string {
  if (arity === "optional") return `[${name}]`;
  return arity === "many" ? `${name}...` : name;
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  const lines = align(rows).split("\n");
  return [`${title}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}
