import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { isMainThread, isTested } from "../src/binding.ts";
import { scratchFolder, write } from "./support/models.ts";
import { identity } from "./support/onnx-writer.ts";

const folder = scratchFolder();
const model = write(folder, "identity.onnx", identity("float32", ["N"]));
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const runtime = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
const addon = join("bin/napi-v6", process.platform, process.arch);

function run(script: string, args: string[], env: Record<string, string> = {}): SpawnSyncReturns<string> {
  const flags = ["--conditions=@tricast/source", script, ...args];
  return spawnSync(process.execPath, flags, {
    encoding: "utf8",
    timeout: 30_000,
    env: { PATH: process.env.PATH, ...env },
  });
}

const OURS = "[1,2.5]\n";
const THEIRS = "[[3,4],true]\n";

for (const [order, expected] of [
  ["o", OURS],
  ["oto", OURS + THEIRS + OURS],
  ["tot", THEIRS + OURS + THEIRS],
] as const) {
  const names = [...order].map((step) => (step === "o" ? "tricast" : "onnxruntime-node")).join(", then ");
  test(`one process runs ${names}`, () => {
    const { stdout, stderr, status } = run(fixture("run-identity.ts"), [order, model]);
    assert.deepEqual([stdout, stderr, status], [expected, "", 0]);
  });
}

test("two worker threads load and run at once, and know that they are workers", async () => {
  assert.equal(isMainThread(), true);
  const rounds = 200;
  const answers = await Promise.all(
    [10, 20].map(async (seed) => {
      const worker = new Worker(fixture("worker.ts"), { workerData: { path: model, seed, rounds } });
      const exited = once(worker, "exit");
      const [[sums, sawMainThread]] = await once(worker, "message");
      assert.equal(sawMainThread, false);
      assert.deepEqual(await exited, [0]);
      return sums;
    }),
  );
  assert.deepEqual(
    answers,
    [10, 20].map((seed) => Array.from({ length: rounds }, (_, round) => seed + round)),
  );
});

const HANDLER = `
import { onnx } from "@tricast/onnx";
const lines = [];
const keep = (message) => lines.push(message);
const log = { debug: keep, info: keep, warn: keep, error: keep };
const context = { predictor: "p", model: "model", platform: { name: "local" }, log };
async function main() {
  const model = onnx("identity.onnx").load(context);
  const { y } = await model.run({ x: [1, 2.5] });
  console.log(JSON.stringify({ y, lines }));
}
main().catch((error) => console.log(JSON.stringify({ code: error.code, message: error.message })));
`;

/** The handler as one minified CommonJS file, in a folder with a model and, when given, its own onnxruntime-node. */
async function bundle(name: string, install?: (modules: string) => void): Promise<string> {
  const root = join(folder, name);
  write(root, "identity.onnx", identity("float32", ["N"]));
  const outfile = join(root, "handler.cjs");
  const { warnings } = await build({
    stdin: { contents: HANDLER, resolveDir: dirname(fileURLToPath(import.meta.url)) },
    bundle: true,
    minify: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    conditions: ["@tricast/source"],
    external: ["onnxruntime-node"],
    outfile,
    logLevel: "silent",
  });
  assert.deepEqual(warnings, []);
  install?.(join(root, "node_modules"));
  return outfile;
}

/** A copy of the package with only what a run needs, under another version number. */
function installAs(version: string): (modules: string) => void {
  return (modules) => {
    const target = join(modules, "onnxruntime-node");
    mkdirSync(join(target, dirname(addon)), { recursive: true });
    cpSync(join(runtime, addon), join(target, addon), { recursive: true });
    write(target, "package.json", JSON.stringify({ name: "onnxruntime-node", version }));
  };
}

const linked = (modules: string): void => {
  mkdirSync(modules, { recursive: true });
  symlinkSync(runtime, join(modules, "onnxruntime-node"));
};

const printed = (script: string, env?: Record<string, string>): unknown => {
  const { stdout, stderr } = run(script, [], env);
  assert.equal(stderr, "");
  return JSON.parse(stdout);
};

test("a minified CommonJS bundle finds the addon and the model beside it", async () => {
  assert.deepEqual(printed(await bundle("bundle with spaces", linked)), { y: [1, 2.5], lines: [] });
});

test("a bundle finds the addon through NODE_PATH, where Lambda layers put packages", async () => {
  const layer = join(folder, "layer");
  linked(layer);
  assert.deepEqual(printed(await bundle("with-layer"), { NODE_PATH: layer }), { y: [1, 2.5], lines: [] });
});

test("TRICAST_ONNXRUNTIME_BINDING names the addon", async () => {
  const binding = join(runtime, addon, "onnxruntime_binding.node");
  const script = await bundle("with-variable");
  assert.deepEqual(printed(script, { TRICAST_ONNXRUNTIME_BINDING: binding }), { y: [1, 2.5], lines: [] });
  const wrong = printed(script, { TRICAST_ONNXRUNTIME_BINDING: "/nowhere.node" }) as { code: string; message: string };
  assert.equal(wrong.code, "missing-dependency");
  assert.match(wrong.message, /\/nowhere\.node \(set by TRICAST_ONNXRUNTIME_BINDING\) does not load/);
});

test("without the package the error names it and how to install it", async () => {
  const { code, message } = printed(await bundle("without")) as { code: string; message: string };
  assert.equal(code, "missing-dependency");
  assert.match(message, /onnxruntime-node is not installed for \w+-\w+\./);
  assert.match(message, /ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1\.30/);
});

test("an untested version is warned about, and still runs", async () => {
  assert.deepEqual(printed(await bundle("untested", installAs("1.99.0"))), {
    y: [1, 2.5],
    lines: ["onnxruntime-node 1.99.0 is outside the versions tricast was tested with (>=1.30 <1.31)"],
  });
});

test("the tested range holds the version that is installed, and ends before the next", () => {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json");
  assert.deepEqual([version, "1.29.9", "1.30.5", "1.31.0", "2.30.0"].map(isTested), [true, false, true, false, false]);
});
