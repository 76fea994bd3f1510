import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts take a third of the time where one does not compile again what another has (nodejs.org/api/module.html#module-compile-cache). */
const COMPILED = scratchFolder();

/**
 * Runs the command line as a process of its own, in `cwd` and with no variables but PATH, where Node keeps what it compiled,
 * and those given.
 */
export function runCli(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const command = ["--conditions=@tricast/source", MAIN, ...args];
    const child = execFile(
      process.execPath,
      command,
      { cwd, env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILED, ...env } },
      (error, stdout, stderr) => {
        if (child.exitCode === null) reject(error);
        else resolve({ exitCode: child.exitCode, stdout, stderr });
      },
    );
  });
}

/** A folder that is removed after the tests of the file. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tricast cli "));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Text with what differs from run to run replaced. */
export function steady(text: string, folder: string): string {
  return text
    .replaceAll(folder, "FOLDER")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "INSTANT")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "2026-05-01 12:00")
    .replace(/"id": "[0-9a-f]{16}"/g, '"id": "CHANGE"');
}
