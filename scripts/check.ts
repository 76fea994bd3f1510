// What is stricter than the tests: npm run check
// Some of it only: npm run check -- types lint
import { checkConformance } from "./check/conformance.ts";
import { checkPackages } from "./check/packages.ts";
import { run } from "./check/run.ts";

interface Check {
  readonly about: string;
  readonly run: () => boolean | Promise<boolean>;
}

const CHECKS: Readonly<Record<string, Check>> = {
  types: { about: "every TypeScript file of the workspace", run: () => run("tsc", ["-b"]) },
  lint: { about: "rules and format, by Biome", run: () => run("biome", ["ci", "."]) },
  gen: { about: "generated files are up to date", run: () => node("scripts/gen/main.ts", "--check") },
  packages: { about: "packed, installed and used as a stranger would", run: checkPackages },
  rules: {
    about: "rules of the repository, and its documents",
    run: () => node("--test", "test/repo/*.test.ts", "test/docs.test.ts"),
  },
  conformance: { about: "against the vendors' own programs", run: checkConformance },
};

interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
}

const outcomes: Outcome[] = [];
for (const name of chosen(process.argv.slice(2))) outcomes.push(await perform(name, CHECKS[name] as Check));
report(outcomes);

function node(...args: string[]): boolean {
  return run(process.execPath, ["--conditions=@tricast/source", ...args]);
}

function chosen(named: readonly string[]): readonly string[] {
  const unknown = named.filter((name) => !Object.hasOwn(CHECKS, name));
  if (unknown.length > 0) {
    console.error(`There is no check "${unknown.join('", "')}"; checks: ${Object.keys(CHECKS).join(", ")}`);
    process.exit(2);
  }
  return named.length > 0 ? named : Object.keys(CHECKS);
}

async function perform(name: string, check: Check): Promise<Outcome> {
  console.log(`\n== ${name}: ${check.about}`);
  const started = performance.now();
  let ok = false;
  try {
    ok = await check.run();
  } catch (error) {
    console.log(error);
  }
  return { name, ok, seconds: (performance.now() - started) / 1000 };
}

function report(outcomes: readonly Outcome[]): void {
  console.log("\n== summary");
  for (const { name, ok, seconds } of outcomes) {
    console.log(`${name.padEnd(12)} ${ok ? "ok    " : "FAILED"} ${seconds.toFixed(1).padStart(6)} s`);
  }
  const failed = outcomes.filter(({ ok }) => !ok).length;
  console.log(`${outcomes.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
