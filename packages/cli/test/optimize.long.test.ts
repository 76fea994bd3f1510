import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli, scratchFolder } from "./support/run-cli.ts";

const DIGITS = fileURLToPath(new URL("../../../handlers/digits/digits.onnx", import.meta.url));

describe("tricast models optimize", () => {
  it("prints what it measured, and keeps or refuses each form with its reason", async () => {
    const folder = scratchFolder();
    copyFileSync(DIGITS, join(folder, "model.onnx"));
    const { exitCode, stdout, stderr } = await runCli(folder, ["models", "optimize", "model.onnx", "--rounds", "1"]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^form +size +load +first +cold/m);
    assert.match(stdout, /^original /m);
    assert.match(stdout, /^(> )?ort /m);
    assert.match(stdout, /The original is kept|model\.tricast\.json/);
  });
});
