import { COMMANDS, type Command, EXIT_CODES, explainOption, formatArgument, formatFlag, usage } from "tricast";
import { fenced, type GeneratedFile, markdownHead, markdownTable } from "./generated-file.ts";

export function cliReference(): readonly GeneratedFile[] {
  const text = [
    markdownHead("packages/cli/src/commands"),
    "# Command line",
    "Every command takes `--help` and `--json`. Results are on standard output: text in aligned columns, " +
      "or with `--json` one JSON document, also when the command fails: " +
      '`{"error": {"code": "...", "message": "..."}}`. Messages for people are on standard error, and an error names ' +
      "its [code](errors.md). If you omit an option, its environment variable is read.",
    markdownTable(["Exit code", "Meaning"], EXIT_CODES),
    markdownTable(["Command", "What it does"], COMMANDS.map(link)),
    ...COMMANDS.flatMap(entry),
  ].join("\n\n");
  return [{ path: "docs/reference/cli.md", text: `${text}\n` }];
}

function link({ path, summary }: Command): readonly string[] {
  return [`[\`tricast ${path.join(" ")}\`](#tricast-${path.join("-")})`, summary];
}

function entry(command: Command): readonly string[] {
  const rows = [
    ...Object.values(command.arguments).map((one) => [`\`${formatArgument(one)}\``, one.description]),
    ...Object.values(command.options).map((option) => [`\`${formatFlag(option)}\``, explainOption(option)]),
  ];
  return [
    `## tricast ${command.path.join(" ")}`,
    [command.summary, ...command.details].join("\n\n"),
    fenced("text", usage(command)),
    markdownTable(["Argument or option", "Meaning"], rows),
    fenced("text", command.examples.map((example) => `tricast ${example}`).join("\n")),
  ];
}
