import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { run } from "tricast";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command line at a time: the folder and the variables of this process are those of the command meanwhile. */
let turn: Promise<unknown> = Promise.resolve();

/** Runs the command line in this process as `main.ts` runs it, in `cwd` and with no variables but PATH and those given. */
export function runCli(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const finished = turn.then(() => runHere(cwd, args, { PATH: process.env.PATH, ...env }));
  turn = finished.catch(() => {});
  return finished;
}

async function runHere(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Finished> {
  const own = { cwd: process.cwd(), env: process.env };
  let [stdout, stderr] = ["", ""];
  process.chdir(cwd);
  process.env = { ...env };
  try {
    const exitCode = await run(args, {
      env: process.env,
      version: "0.0.0",
      isTerminal: false,
      print: (text) => {
        stdout += `${text}\n`;
      },
      note: (message) => {
        stderr += `${message}\n`;
      },
    });
    return { exitCode, stdout, stderr };
  } finally {
    process.chdir(own.cwd);
    process.env = own.env;
  }
}

/** The same as a process of its own. Where Node keeps what it compiled, starts take a third of the time. */
export function runProcess(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const { PATH, NODE_COMPILE_CACHE = "" } = process.env;
  return new Promise((resolve, reject) => {
    const command = ["--conditions=@tricast/source", MAIN, ...args];
    const child = execFile(
      process.execPath,
      command,
      { cwd, env: { PATH, NODE_COMPILE_CACHE, ...env } },
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
