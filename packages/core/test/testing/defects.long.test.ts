import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { DEFECTS } from "./support/defects.ts";

const SUPPORT = join(import.meta.dirname, "support");
/** The suite waits more than it works. */
const PROCESSES = 8;

/** Failed cases by host, each as `THEME > TITLE`. */
type Failures = ReadonlyMap<string, readonly string[]>;

async function failuresOf(names: readonly string[]): Promise<Failures> {
  const failures = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const line of (await runSuite(names)).split("\n").filter((text) => text.startsWith("["))) {
    const [host = "", ...path] = JSON.parse(line) as string[];
    if (path.length > 1) failures.get(host)?.push(path.join(" > "));
  }
  return failures;
}

function runSuite(names: readonly string[]): Promise<string> {
  const flags = ["--conditions=@tricast/source", "--test", `--test-reporter=${join(SUPPORT, "failures-reporter.ts")}`];
  // A test that was started by another one reports to that one.
  const { NODE_TEST_CONTEXT: _context, ...inherited } = process.env;
  const env = { ...inherited, TRICAST_DEFECTS: JSON.stringify(names) };
  return new Promise((resolve) => {
    const file = join(SUPPORT, "defective-hosts.ts");
    execFile(process.execPath, [...flags, file], { env, maxBuffer: 1e8 }, (_error, stdout) => resolve(stdout));
  });
}

describe("the contract suite finds what is wrong with a host", () => {
  const names = Object.keys(DEFECTS);
  const found = new Map<string, readonly string[]>();

  before(async () => {
    const shares = Array.from({ length: PROCESSES }, (_, share) =>
      names.filter((_name, at) => at % PROCESSES === share),
    );
    for (const failures of await Promise.all(shares.map(failuresOf)))
      for (const [name, titles] of failures) found.set(name, titles);
  });

  for (const [name, { foundBy }] of Object.entries(DEFECTS)) {
    it(name, () => {
      const titles = found.get(name) ?? [];
      assert.ok(
        titles.some((title) => foundBy.test(title)),
        `${foundBy} passed; these failed: ${titles.join("\n")}`,
      );
    });
  }
});
