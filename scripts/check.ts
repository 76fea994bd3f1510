// Checks that are stricter than the tests: npm run check
// Only some of them: npm run check -- types lint
import { CHECKS, type Check } from "./check/checks.ts";

interface Outcome {
  readonly name: string;
  readonly result: "ok" | "failed";
  readonly seconds: number;
}

const outcomes: Outcome[] = [];
for (const name of chosen(process.argv.slice(2))) outcomes.push(await perform(name, CHECKS[name] as Check));
report(outcomes);

function chosen(named: readonly string[]): readonly string[] {
  const unknown = named.filter((name) => !Object.hasOwn(CHECKS, name));
  if (unknown.length > 0) {
    console.error(`Unknown check: "${unknown.join('", "')}"; known: ${Object.keys(CHECKS).join(", ")}`);
    process.exit(2);
  }
  return named.length > 0 ? named : Object.keys(CHECKS);
}

async function perform(name: string, check: Check): Promise<Outcome> {
  console.log(`\n== ${name}: ${check.about}`);
  const started = performance.now();
  let result: Outcome["result"] = "failed";
  try {
    result = (await check.run()) ? "ok" : "failed";
  } catch (error) {
    console.log(error);
  }
  return { name, result, seconds: (performance.now() - started) / 1000 };
}

function report(outcomes: readonly Outcome[]): void {
  console.log("\n== summary");
  for (const { name, result, seconds } of outcomes) {
    const shown = result === "ok" ? result : result.toUpperCase();
    console.log(`${name.padEnd(12)} ${shown.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s`);
  }
  const count = (wanted: Outcome["result"]) => outcomes.filter(({ result }) => result === wanted).length;
  console.log(`${count("ok")} passed, ${count("failed")} failed`);
  process.exitCode = count("failed") === 0 ? 0 : 1;
}
