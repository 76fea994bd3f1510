// What is stricter than the tests: npm run check
// Some of it only: npm run check -- types lint
import { CHECKS, type Check } from "./check/checks.ts";

interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
}

const outcomes: Outcome[] = [];
for (const name of chosen(process.argv.slice(2))) outcomes.push(await perform(name, CHECKS[name] as Check));
report(outcomes);

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
