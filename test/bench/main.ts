import { environment } from "./harness/environment.ts";
import { type BenchOptions, parseOptions, USAGE } from "./harness/options.ts";
import { renderReport } from "./harness/render.ts";
import type { Suite } from "./harness/suite.ts";
import { writeDocs, writeJson } from "./harness/write.ts";
import { SUITES } from "./suites/index.ts";

const ROOT = new URL("../../", import.meta.url);
const DEFAULT_ROUNDS = 21;
const QUICK_ROUNDS = 3;

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) return console.log(`${USAGE}\n\nSuites:\n${listSuites()}`);
  const suites = chooseSuites(options.suites);
  const reports: unknown[] = [];
  for (const suite of suites) reports.push(await runSuite(suite, options));
  if (options.json) console.log(JSON.stringify(reports, null, 2));
}

async function runSuite(suite: Suite, { rounds, quick, json, docs }: BenchOptions): Promise<unknown> {
  if (!json) console.log(`# ${suite.name}: ${suite.description}\n`);
  const result = await suite.run({
    rounds: rounds ?? (quick ? QUICK_ROUNDS : (suite.rounds ?? DEFAULT_ROUNDS)),
    quick,
    progress: (line) => console.error(line),
  });
  const where = environment();
  const report = { suite: suite.name, environment: where, ...result };
  const file = writeJson(ROOT, suite.name, report);
  if (docs) writeDocs(ROOT, suite.name, renderReport(result, where));
  if (!json) console.log(`${renderReport(result, where)}\n\nSamples: ${file}\n`);
  return report;
}

function chooseSuites(names: readonly string[]): readonly Suite[] {
  if (names.length === 0) return SUITES;
  return names.map((name) => {
    const suite = SUITES.find((candidate) => candidate.name === name);
    if (suite === undefined) throw new TypeError(`Unknown suite "${name}". Suites:\n${listSuites()}`);
    return suite;
  });
}

function listSuites(): string {
  return SUITES.map(({ name, description }) => `  ${name.padEnd(10)} ${description}`).join("\n");
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
});
