// All tests: npm test. With arguments, only the files they name: npm test -- packages/core/test/decode.test.ts
import { spawn } from "node:child_process";

const ALL = ["packages/*/test/**/*.test.ts", "handlers/**/*.test.ts", "scripts/**/*.test.ts", "test/**/*.test.ts"];

const named = process.argv.slice(2);
// A test that hangs fails instead of holding up all others; a file of tests counts as one, and the longest takes minutes on a busy machine.
const flags = [
  "--conditions=@tricast/source",
  "--test",
  "--test-concurrency=2",
  "--test-timeout=900000",
  "--test-reporter=spec",
];
const child = spawn(process.execPath, [...flags, ...(named.length > 0 ? named : ALL)], { stdio: "inherit" });
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
