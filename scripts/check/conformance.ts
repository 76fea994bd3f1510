import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./repository.ts";
import { tee } from "./run.ts";

const FOLDER = join(ROOT, "scripts", "conformance");

/**
 * Runs every program of scripts/conformance. Each compares us with a vendor's own code, and its last line is `N passed,
 * N failed`, or the summary of node's test runner. A program that cannot get the vendor's code reports zero of both, or
 * skipped tests, and counts as "not run".
 */
export async function checkConformance(): Promise<"ok" | "failed" | "not run"> {
  const outcomes: ("ok" | "failed" | "not run")[] = [];
  for (const name of programNames()) {
    console.log(`scripts/conformance/${name}`);
    const { status, stdout } = await tee(process.execPath, ["--conditions=@tricast/source", join(FOLDER, name)]);
    outcomes.push(status === 0 ? outcomeOf(stdout) : "failed");
  }
  if (outcomes.length === 0) console.log("scripts/conformance has no program, so nothing was compared");
  if (outcomes.length === 0 || outcomes.includes("failed")) return "failed";
  return outcomes.includes("not run") ? "not run" : "ok";
}

const PLAIN_CLOSING = /(?:^|\n)(\d+) passed, (\d+) failed\s*$/;
/** The summary of node's test runner. */
const RUNNER_CLOSING =
  /\n\S+ pass (\d+)\n\S+ fail (\d+)\n(?:\S+ cancelled \d+\n\S+ skipped (\d+)\n)?(?:\S+ \w+ [\d.]+\s*)*$/;

export function outcomeOf(stdout: string): "ok" | "failed" | "not run" {
  const [, passed, failed, skipped = 0] = PLAIN_CLOSING.exec(stdout) ?? RUNNER_CLOSING.exec(stdout) ?? [];
  if (passed === undefined || Number(failed) > 0) return "failed";
  return Number(passed) === 0 || Number(skipped) > 0 ? "not run" : "ok";
}

function programNames(): string[] {
  try {
    return readdirSync(FOLDER)
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
