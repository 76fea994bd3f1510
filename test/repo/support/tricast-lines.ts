import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../../../scripts/check/repository.ts";
import { splitWords } from "./shell-lines.ts";

/** What the reader of a document does next: run an `npx tricast` line, or write a file that it shows. */
export type Step = { readonly line: string } | { readonly file: string; readonly text: string };

export function isLine(step: Step): step is { readonly line: string } {
  return "line" in step;
}

/** A command must not hang. Its time does not matter, because the machine does other work too. */
const COMMAND_TIMEOUT_MS = 600_000;

/**
 * Takes the steps of one document one after the other, as its reader would: in a project that has a copy of the
 * repository's `handlers/`.
 * A command that serves is stopped once it listens.
 * @returns the first fault, or `undefined`.
 */
export async function runSteps(steps: readonly Step[]): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "tricast docs "));
  try {
    // A copy, because commands may write beside a model.
    for (const name of ["handlers", "package.json"]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    for (const step of steps) {
      const problem = isLine(step) ? await runLine(step.line, folder) : writeStep(step, folder);
      if (problem !== undefined) return problem;
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeStep({ file, text }: Exclude<Step, { line: string }>, folder: string): undefined {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

async function runLine(line: string, folder: string): Promise<string | undefined> {
  const main = join(ROOT, "packages/cli/src/main.ts");
  const args = ["--conditions=@tricast/source", main, ...splitWords(line).slice(2)];
  const { status, stdout, stderr } = await run(args, folder);
  return status === 0 ? undefined : `${line}: exit code ${status}\n${stdout}${stderr}`;
}

interface Ended {
  /** `null` where it had to be killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], cwd: string): Promise<Ended> {
  const serves = args.includes("serve");
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...(serves ? { TRICAST_PORT: "0", TRICAST_HOST: "127.0.0.1" } : {}) },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: COMMAND_TIMEOUT_MS,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (serves && /^serving .+ at http:/m.test(stderr)) child.kill("SIGTERM");
  });
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, stdout, stderr })));
}
