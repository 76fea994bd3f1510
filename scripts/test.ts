// Tests: npm test, npm run test:all, npm run test:soak (CONTRIBUTING.md, "Tests"), which begin our arguments with fast, all or soak.
// Some of them, by files, folders or patterns: npm test -- packages/core/test test/repo/markdown.test.ts
// Unknown options go to node: npm test -- --test-name-pattern=gzip packages/core/test
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, repositoryFiles } from "./check/repository.ts";
import { parseTestArguments, type TestArguments } from "./testing/arguments.ts";
import { readRecord, seconds, skippedLines, summaryLines } from "./testing/record.ts";
import { selectTests } from "./testing/select-tests.ts";

const args = readArguments();
const { files, faults } = selectTests(args.named, repositoryFiles(), ROOT, args.tiers);
if (faults.length > 0) stop(faults.join("\n"));

const folder = mkdtempSync(join(tmpdir(), "tricast-test-record-"));
const recordFile = join(folder, "record.jsonl");
writeFileSync(recordFile, "");
const started = performance.now();
const child = spawn(process.execPath, [...flags(args), ...files], {
  cwd: ROOT,
  stdio: "inherit",
  env: environment(args),
});
child.on("exit", (code) => {
  process.exitCode = report(code ?? 1);
  rmSync(folder, { recursive: true, force: true });
});

function readArguments(): TestArguments {
  try {
    return parseTestArguments(process.argv.slice(2));
  } catch (error) {
    return stop((error as Error).message);
  }
}

function flags({ passedOn, tiers }: TestArguments): readonly string[] {
  // A test that hangs fails instead of holding up all others; a file of tests counts as one, and the longest takes minutes on a
  // busy machine. A whole soak matrix takes longer.
  const timeoutMs = tiers.includes("soak") ? 7_200_000 : 900_000;
  const reporters = ["spec", join(ROOT, "scripts/testing/progress-reporter.ts")].flatMap((reporter) => [
    `--test-reporter=${reporter}`,
    "--test-reporter-destination=stdout",
  ]);
  // One more than processors in the fast lane, where tests wait for timers and sockets. Long tests use whole processors.
  const lanes = availableParallelism() + (tiers.every((tier) => tier === "fast") ? 1 : 0);
  const fixed = [
    "--conditions=@tricast/source",
    "--test",
    `--test-concurrency=${lanes}`,
    `--test-timeout=${timeoutMs}`,
  ];
  return [...fixed, ...reporters, ...passedOn];
}

function environment({ soak }: TestArguments): NodeJS.ProcessEnv {
  return {
    ...process.env,
    TRICAST_TEST_RECORD: recordFile,
    TRICAST_SOAK_FRACTION: String(soak.fraction),
    TRICAST_SOAK_SEED: String(soak.seed),
    // Every file of tests is a process that loads the same modules, and so are the commands that tests start.
    NODE_COMPILE_CACHE: join(ROOT, "node_modules", ".cache", "compiled"),
  };
}

/** @returns the exit code: a test that did not run fails where `CI=true`. */
function report(code: number): number {
  const record = readRecord(recordFile);
  if (process.env.TRICAST_TEST_RECORD) appendFileSync(process.env.TRICAST_TEST_RECORD, readFileSync(recordFile));
  const skipped = skippedLines(record);
  console.log(["", ...summaryLines(record), `all in ${seconds(performance.now() - started)}`, ...skipped].join("\n"));
  return code === 0 && skipped.length > 0 && process.env.CI === "true" ? 1 : code;
}

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}
