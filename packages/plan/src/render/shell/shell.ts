/** A word that the shell does not change. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Shell code, which is not quoted. */
export interface Raw {
  readonly raw: string;
}

/** Options of a command by flag. `true`: a flag without a value. `undefined`: the option is left out. */
export type Options = Readonly<Record<string, string | Raw | true | undefined>>;

/** A command with one option in each line. */
export function command(words: string, options: Options): string {
  const lines = Object.entries(options).flatMap(([flag, value]) => {
    if (value === undefined) return [];
    return value === true ? flag : `${flag} ${typeof value === "string" ? quote(value) : value.raw}`;
  });
  return [words, ...lines].join(" \\\n  ");
}

/** A command in one line. */
export function oneLine(words: string, options: Options): string {
  return command(words, options).replaceAll(" \\\n  ", " ");
}

/** The output of a command in a variable. */
export function assign(variable: string, command: string): string {
  return `${variable}=$(${command})`;
}

export function indent(text: string): string {
  return `  ${text.replaceAll("\n", "\n  ")}`;
}

/** Lines for `if`, without their output: whether `look` finds something. */
export function ifFound(look: string, ...then: readonly string[]): string {
  return [`if ${look} >/dev/null 2>&1; then`, ...then.map(indent), "fi"].join("\n");
}

/** `create` if `look` finds nothing. */
export function ifMissing(look: string, ...create: readonly string[]): string {
  return ifFound(`! ${look}`, ...create);
}

/** `NAME=VALUE` for each entry. */
export function assignments(entries: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(entries).map(([name, value]) => `${name}=${value}`);
}

const INSTALLATION = {
  az: "https://learn.microsoft.com/cli/azure/install-azure-cli",
  gcloud: "https://cloud.google.com/sdk/docs/install",
} as const;

const ARTEFACTS = ["", '# Folder that "tricast build" has written.', "artefacts=${ARTEFACTS:-.tricast}"];

/**
 * A script for POSIX sh that stops at the first failure and can run again.
 * @param purpose one sentence for the comment at the top.
 */
export function writeScript(tool: keyof typeof INSTALLATION, purpose: string, commands: readonly string[]): string {
  return [
    "#!/bin/sh",
    `# ${purpose} It updates what exists, so run it again after every build.`,
    "set -eu",
    ...(commands.some((text) => text.includes("$artefacts")) ? ARTEFACTS : []),
    "",
    `if ! command -v ${tool} >/dev/null 2>&1; then`,
    `  echo '${tool} is not installed: ${INSTALLATION[tool]}' >&2`,
    "  exit 1",
    "fi",
    ...commands.flatMap((text) => ["", text]),
    "",
  ].join("\n");
}
