import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli, scratchFolder } from "./support/run-cli.ts";

const DIGITS = fileURLToPath(new URL("../../../handlers/digits/digits.onnx", import.meta.url));

describe("tricast models optimize", () => {
  it("says what is wrong with what it was given", async () => {
    const folder = scratchFolder();
    const missing = await runCli(folder, ["models", "optimize", "absent.onnx"]);
    assert.equal(missing.exitCode, 1);
    assert.match(missing.stderr, /model-not-found/);
    const prepack = await runCli(folder, ["models", "optimize", "a.onnx", "--prepack", "sometimes"]);
    assert.equal(prepack.exitCode, 2);
    assert.match(prepack.stderr, /not one of auto, always, never/);
    writeFileSync(join(folder, "examples.json"), "{}");
    const examples = await runCli(folder, ["models", "optimize", "a.onnx", "--examples", "examples.json"]);
    assert.equal(examples.exitCode, 2);
    assert.match(examples.stderr, /is not a list/);
  });

  it("leaves a record that push stores with the version, and with what the graph says of its rows", async () => {
    const folder = scratchFolder();
    const model = join(folder, "model");
    mkdirSync(model);
    copyFileSync(DIGITS, join(model, "model.onnx"));
    copyFileSync(DIGITS, join(model, "model.optimized.onnx"));
    const variant = { files: ["model.optimized.onnx"], target: { arch: "x64" }, runtime: "onnxruntime 1.30.0" };
    writeFileSync(
      join(model, "model.tricast.json"),
      JSON.stringify({ format: 1, original: { file: "model.onnx" }, variant }),
    );
    assert.equal(readdirSync(model).length, 3);
    const args = ["models", "push", "digits", "model", "--entry", "model.onnx", "--store", "store", "--json"];
    const { exitCode, stdout, stderr } = await runCli(folder, args);
    assert.equal(exitCode, 0, stderr);
    const { manifest } = JSON.parse(stdout) as {
      manifest: {
        variants: { rows: { outputs: Record<string, unknown> } }[];
        files: { path: string; role?: string }[];
      };
    };
    const [{ rows, ...stored } = { rows: undefined }] = manifest.variants;
    assert.deepEqual([manifest.variants.length, stored], [1, variant]);
    assert.equal(rows?.outputs.probabilities, true);
    assert.match(String(rows?.outputs.label), /ArgMax/);
    assert.equal(manifest.files.find(({ path }) => path === "model.optimized.onnx")?.role, "optimized");
  });
});
