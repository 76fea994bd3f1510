import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { makeFolder } from "@tricast/core/adapter";
import { runCli, runProcess, scratchFolder } from "./support/run-cli.ts";

const IRIS = join(import.meta.dirname, "..", "..", "..", "handlers", "iris", "iris.onnx");
const folder = scratchFolder();
const ENV = { TRICAST_STORE: "./models" };

before(async () => {
  copyFileSync(IRIS, join(folder, "iris.onnx"));
  writeFileSync(join(folder, "file"), "text");
  execFileSync("mkfifo", [join(folder, "pipe.onnx")]);
  const config = { predictors: { iris: { targets: { aws: { region: "eu-central-1" } } } } };
  writeFileSync(join(folder, "tricast.config.json"), JSON.stringify(config));
  assert.equal((await runCli(folder, ["models", "push", "iris", "iris.onnx"], ENV)).exitCode, 0);
});

/** Paths at which nothing can be read or written. */
const PATHS = [
  "/dev/zero",
  "/dev/null",
  "/proc/x",
  "/proc/x/y",
  "/proc/1/x",
  "/sys/x",
  "file",
  "file/x",
  "pipe.onnx",
  "x".repeat(300),
];

/** Commands with a path, as a whole line. */
const LINES: readonly ((path: string) => readonly string[])[] = [
  (path) => ["models", "push", "other", path],
  (path) => ["models", "push", "other", "iris.onnx", "--store", path],
  (path) => ["models", "pull", "iris", path],
  (path) => ["models", "pull", "iris", path, "--replace"],
  (path) => ["models", "optimize", path],
  (path) => ["models", "optimize", "iris.onnx", "--rounds", "1", "--out", path],
  (path) => ["serve", path, "--port", "0"],
  (path) => ["render", "serverless", "--out", path],
];

describe("a path of the command line that cannot be used", () => {
  for (const line of LINES) {
    it(`ends with a code: ${line("PATH").join(" ")}`, async () => {
      for (const path of PATHS) {
        const { exitCode, stderr } = await runCli(folder, line(path), ENV);
        assert.notEqual(exitCode, 0, path);
        assert.match(stderr, /^error (?!internal)[a-z-]+: /, path);
      }
    });
  }

  it("ends a process of its own too", async () => {
    const { exitCode, stderr } = await runProcess(folder, ["models", "pull", "iris", "/proc/x"], ENV);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error invalid-option: cannot mkdir \/proc\/\.x\..*: ENOENT; use another path/);
  });
});

describe("three pulls into one folder at once", () => {
  it("all succeed", async () => {
    const pulls = Array.from({ length: 3 }, () => runProcess(folder, ["models", "pull", "iris", "together"], ENV));
    for (const { exitCode, stderr } of await Promise.all(pulls)) assert.equal(exitCode, 0, stderr);
  });
});

describe("makeFolder", () => {
  it("creates parents, accepts a folder, and never waits", () => {
    makeFolder(join(folder, "a", "b", "c"), 0o700);
    makeFolder(join(folder, "a", "b", "c"));
    assert.throws(() => makeFolder(join(folder, "file")), { code: "EEXIST" });
    assert.throws(() => makeFolder(join(folder, "file", "x")), { code: "ENOTDIR" });
    for (const path of ["/proc/x", "/proc/x/y/z"]) assert.throws(() => makeFolder(path), { code: "ENOENT" });
  });
});
