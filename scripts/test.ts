// All tests: npm test. Some of them, by files, folders or patterns: npm test -- packages/core/test
// test/repo/markdown.test.ts Arguments with a dash go to node: npm test -- --test-name-pattern=gzip packages/core/test
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT, repositoryFiles } from "./check/repository.ts";
import { selectTests } from "./testing/select-tests.ts";

const args = process.argv.slice(2);
const passedOn = args.filter((arg) => arg.startsWith("-"));
const named = args.filter((arg) => !arg.startsWith("-"));
const { files, faults } = selectTests(named, repositoryFiles(), ROOT);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);

// A test that hangs fails instead of blocking all others. A file counts as one test; the longest takes minutes on a
// busy machine.
const flags = [
  "--conditions=@tricast/source",
  "--test",
  "--test-concurrency=2",
  "--test-timeout=900000",
  ...["spec", join(ROOT, "scripts", "testing", "progress-reporter.ts")].flatMap((reporter) => [
    `--test-reporter=${reporter}`,
    "--test-reporter-destination=stdout",
  ]),
];
const child = spawn(process.execPath, [...flags, ...passedOn, ...files], { cwd: ROOT, stdio: "inherit" });
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
