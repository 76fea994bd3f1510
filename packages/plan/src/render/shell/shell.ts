/** A word that the shell takes as it is. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** One option of a command: its flag and value, both on one line. A value in `raw` is the shell's own language. */
export type Option = readonly [flag: string, value?: string | { readonly raw: string }];

/** A command with an option to each line. `undefined` stands for an option that is not given. */
export function command(words: string, ...options: readonly (Option | undefined)[]): string {
  const given = options.filter((option) => option !== undefined);
  return [words, ...given.map(writeOption)].join(" \\\n  ");
}

function writeOption([flag, value]: Option): string {
  if (value === undefined) return flag;
  return `${flag} ${typeof value === "string" ? quote(value) : value.raw}`;
}

/** `create` where `look` finds nothing. */
export function ifMissing(look: string, create: string): string {
  return `if ! ${look} >/dev/null 2>&1; then\n  ${create.replaceAll("\n", "\n  ")}\nfi`;
}

export interface Script {
  /** What it does, in a comment of one line. */
  readonly purpose: string;
  readonly tool: string;
  /** Where the tool comes from. */
  readonly install: string;
  readonly commands: readonly string[];
}

const ARTEFACTS = ["", '# Folder that "tricast build" has written.', "artefacts=${ARTEFACTS:-.tricast}"];

/** POSIX sh that stops at the first failure, and can be run again. */
export function writeScript({ purpose, tool, install, commands }: Script): string {
  return [
    "#!/bin/sh",
    `# ${purpose} What is there already is updated, so run it again after every build.`,
    "set -eu",
    ...(commands.some((text) => text.includes("$artefacts")) ? ARTEFACTS : []),
    "",
    `if ! command -v ${tool} >/dev/null 2>&1; then`,
    `  echo '${tool} is not installed: ${install}' >&2`,
    "  exit 1",
    "fi",
    ...commands.flatMap((text) => ["", text]),
    "",
  ].join("\n");
}
