import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../scripts/check/repository.ts";
import { splitWords } from "./shell-lines.ts";

/**
 * Runs the `npx tricast` lines of one document one after the other, as its reader would: in a project that has a
 * copy of the repository's `handlers/`.
 * What serves is stopped once it listens.
 * @returns what went wrong first, or `undefined`.
 */
export async function runTricastLines(lines: readonly string[]): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "tricast docs "));
  try {
    // A copy, because commands may write beside a model.
    for (const name of ["handlers", "package.json"]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    for (const line of lines) {
      const args = [
        "--conditions=@tricast/source",
        join(ROOT, "packages/cli/src/main.ts"),
        ...splitWords(line).slice(2),
      ];
      const { status, stderr } = await run(args, folder);
      if (status !== 0) return `${line}: exit code ${status}\n${stderr}`;
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Ended {
  /** `null` where it had to be killed. */
  readonly status: number | null;
  readonly stderr: string;
}

function run(args: readonly string[], cwd: string): Promise<Ended> {
  const serves = args.includes("serve");
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...(serves ? { TRICAST_PORT: "0", TRICAST_HOST: "127.0.0.1" } : {}) },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 60_000,
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (serves && /^serving .+ at http:/m.test(stderr)) child.kill("SIGTERM");
  });
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, stderr })));
}
