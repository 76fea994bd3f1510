import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../scripts/check/repository.ts";
import { splitWords } from "./shell-lines.ts";

/**
 * Runs the `npx tricast` lines of one document one after the other, as its reader would: in a project that has a
 * copy of the repository's `handlers/`.
 * @returns what went wrong first, or `undefined`.
 */
export function runTricastLines(lines: readonly string[]): string | undefined {
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
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", timeout: 60_000 });
      if (status !== 0) return `${line}: exit code ${status}\n${stderr}`;
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
