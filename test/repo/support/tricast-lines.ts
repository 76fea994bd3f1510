import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../scripts/check/repository.ts";
import { splitWords } from "./shell-lines.ts";

/**
 * Runs the `npx tricast` lines of one document one after the other, as its reader would: in a folder that has the
 * repository's `handlers/` and nothing else.
 * @returns what went wrong first, or `undefined`.
 */
export function runTricastLines(lines: readonly string[]): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "tricast docs "));
  try {
    symlinkSync(join(ROOT, "handlers"), join(folder, "handlers"));
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
