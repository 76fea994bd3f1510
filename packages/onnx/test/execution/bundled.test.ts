import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { scratchFolder, write } from "../support/models.ts";
import { mixed, slow } from "./support/graphs.ts";

const folder = scratchFolder();
const here = dirname(fileURLToPath(import.meta.url));
const runtime = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
const model = write(folder, "mixed.onnx", mixed());

/** Does not close the model: a process whose workers have nothing to do must end by itself. */
const SCRIPT = `
import { executionStats, onnx } from "@tricast/onnx";
const quiet = () => {};
const log = { debug: quiet, info: quiet, warn: console.log, error: console.log };
async function main() {
  const source = onnx(process.env.MODEL, { execution: { workers: 2, maxBatchRows: 8 } });
  const model = await source.load({ predictor: "p", model: "model", platform: { name: "many", servesMany: () => true }, log });
  const run = (index) => model.run({ x: [[1, 2]], index: [[index]], name: ["a" + index] });
  await run(0);
  const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(run));
  const texts = results.map(({ value, reason }) => reason?.code ?? value.echo.data[0] + value.picked.data[0] + value.double.data[1]);
  console.log(JSON.stringify({ texts, mode: executionStats(model).mode, workers: executionStats(model).workers }));
}
main().catch((error) => console.log(error));
`;

const EXPECTED = {
  texts: ["a00.54", "a1-1.254", "a234", "a3100.1254", "a4-74", "predict-failed"],
  mode: "workers",
  workers: 2,
};

function printed(args: readonly string[]): unknown {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: 60_000,
    env: { PATH: process.env.PATH, MODEL: model },
  });
  assert.deepEqual([stderr, status], ["", 0]);
  return JSON.parse(stdout);
}

for (const [name, options] of [
  ["minified CommonJS that keeps names", { minify: true, keepNames: true, format: "cjs", target: "node22" }],
  ["CommonJS that keeps names", { keepNames: true, format: "cjs", target: "node22" }],
  ["a minified ES module that keeps names", { minify: true, keepNames: true, format: "esm", target: "node22" }],
  ["minified code for an old target", { minify: true, keepNames: true, format: "cjs", target: "es2020" }],
] satisfies [string, BuildOptions][]) {
  test(`workers start from ${name}, without a file of their own, and let the process end`, async () => {
    const root = join(folder, name.replaceAll(" ", "-"));
    mkdirSync(join(root, "node_modules"), { recursive: true });
    symlinkSync(runtime, join(root, "node_modules", "onnxruntime-node"));
    const outfile = join(root, options.format === "esm" ? "main.mjs" : "main.cjs");
    const { outputFiles } = await build({
      ...options,
      stdin: { contents: SCRIPT, resolveDir: here },
      bundle: true,
      platform: "node",
      conditions: ["@tricast/source"],
      external: ["onnxruntime-node", "@tricast/store"],
      outfile,
      write: false,
      logLevel: "silent",
    });
    assert.equal(outputFiles.length, 1);
    write(root, options.format === "esm" ? "main.mjs" : "main.cjs", outputFiles[0]!.contents);
    assert.deepEqual(printed([outfile]), EXPECTED);
  });
}

test("workers start from source with its types stripped, whatever flags the process was given", () => {
  // The script is given as a module on the command line, a flag that workers would inherit.
  const script = SCRIPT.replace('"@tricast/onnx"', JSON.stringify(new URL("../../src/index.ts", import.meta.url).href));
  assert.deepEqual(
    printed(["--conditions=@tricast/source", "--no-warnings", "--input-type=module", "--eval", script]),
    EXPECTED,
  );
});

test("a process that exits in the middle of a run ends with the code it was given", () => {
  const path = write(folder, "slow.onnx", slow());
  const script = `
    import { onnx } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
    const quiet = () => {};
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const source = onnx(process.argv[1], { execution: { workers: 1, maxBatchRows: 1 } });
    const model = await source.load({ predictor: "p", model: "model", platform: { name: "many", servesMany: () => true }, log });
    await model.run({ x: [[1]] });
    model.run({ x: new Float32Array(200) });
    setTimeout(() => process.exit(3), 5);`;
  const args = ["--conditions=@tricast/source", "--no-warnings", "--input-type=module", "--eval", script, path];
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  assert.deepEqual([stderr, status], ["", 3]);
});

test("a build that leaves execution out runs as it is called, and says so", async () => {
  const root = join(folder, "left-out");
  mkdirSync(join(root, "node_modules"), { recursive: true });
  symlinkSync(runtime, join(root, "node_modules", "onnxruntime-node"));
  const outfile = join(root, "main.cjs");
  const { metafile } = await build({
    stdin: {
      contents: SCRIPT.replaceAll(
        "executionStats(model)",
        "(executionStats(model) ?? { mode: 'none', workers: 0 })",
      ).replace("warn: console.log", "warn: quiet"),
      resolveDir: here,
    },
    bundle: true,
    minify: true,
    metafile: true,
    platform: "node",
    format: "cjs",
    conditions: ["@tricast/source"],
    external: ["onnxruntime-node", "@tricast/store"],
    outfile,
    plugins: [
      {
        name: "left-out",
        setup({ onResolve }) {
          onResolve({ filter: /\/execution\/execute\.[jt]s$/ }, ({ path, importer }) => ({
            path: join(dirname(importer), path.replace(/execute(?=\.[jt]s$)/, "left-out")),
          }));
        },
      },
    ],
  });
  const executed = Object.keys(metafile.inputs).filter((path) => path.includes("src/execution/"));
  assert.deepEqual(
    executed.map((path) => path.split("/").at(-1)),
    ["left-out.ts"],
  );
  assert.deepEqual(printed([outfile]), { ...EXPECTED, mode: "none", workers: 0 });
});
