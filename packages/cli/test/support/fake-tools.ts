import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "./run-cli.ts";

/** What a program answers to one line of arguments. */
export interface FakeAnswer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  /** Files, relative to where it runs, without which it fails. */
  readonly needs?: readonly string[];
  /** A file that it writes. */
  readonly writes?: string;
}

/** By program and by its arguments, joined with spaces; ` *` at the end stands for any further ones. */
export type FakeAnswers = Readonly<Record<string, Readonly<Record<string, FakeAnswer>>>>;

export interface FakeTools {
  /** PATH with these programs, Node, a shell, and nothing else. */
  readonly path: string;
  /** The lines that were called, in order: `terraform init`. */
  readonly calls: () => readonly string[];
}

const PROGRAM = `#!/usr/bin/env node
const { appendFileSync, existsSync, writeFileSync } = require("node:fs");
const { answers, name, log } = JSON.parse(require("node:fs").readFileSync(__filename + ".json", "utf8"));
const line = process.argv.slice(2).join(" ");
appendFileSync(log, name + " " + line + "\\n");
const begin = Object.keys(answers).find((key) => key.endsWith(" *") && line.startsWith(key.slice(0, -1)));
const answer = answers[line] ?? answers[begin];
const missing = (answer?.needs ?? []).find((file) => !existsSync(file));
if (answer === undefined || missing !== undefined) {
  process.stderr.write(answer === undefined ? name + ": unexpected arguments: " + line + "\\n" : name + ": no " + missing + "\\n");
  process.exit(64);
}
if (answer.writes !== undefined) writeFileSync(answer.writes, "");
process.stdout.write(answer.stdout ?? "");
process.stderr.write(answer.stderr ?? "");
process.exitCode = answer.exitCode ?? 0;
`;

/** Stand-ins for the clouds' programs: they take the arguments that they expect, and print what the real ones print. */
export function fakeTools(tools: FakeAnswers): FakeTools {
  const folder = scratchFolder();
  const bin = join(folder, "bin");
  const log = join(folder, "calls.log");
  mkdirSync(bin);
  // Nothing else, so that what is installed on this machine is never called.
  symlinkSync(process.execPath, join(bin, "node"));
  symlinkSync("/bin/sh", join(bin, "sh"));
  for (const [name, answers] of Object.entries(tools)) {
    const file = join(bin, name);
    writeFileSync(file, PROGRAM);
    writeFileSync(`${file}.json`, JSON.stringify({ name, answers, log }));
    chmodSync(file, 0o755);
  }
  return {
    path: bin,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
  };
}
