import assert from "node:assert/strict";
import { cpSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { BuildOptions } from "@tricast/pack";
import { scratch, writeFiles } from "./support/folders.ts";
import { REPOSITORY } from "./support/place.ts";
import { TestProject } from "./support/project.ts";

const folder = scratch();
let made = 0;

function project(files: Readonly<Record<string, string | Uint8Array>> = {}): TestProject {
  return new TestProject(join(folder, String(made++)), files);
}

/** One clear error, and nothing left of the build. */
async function refuses(
  one: TestProject,
  code: string,
  message: RegExp,
  options: Partial<BuildOptions> = {},
): Promise<void> {
  await assert.rejects(one.build(options), (error: { code?: string; message: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(one.left(), []);
}

const ONNX = `
import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
export default definePredictor({ name: "probe", model: onnx("model.onnx"), predict: () => 1 });
`;

describe("a build over a budget", () => {
  it("lists the largest files and the ways out", async () => {
    const one = project();
    writeFiles(join(one.root, "handlers/probe"), { "small.bin": "x", "large.bin": "" });
    truncateSync(join(one.root, "handlers/probe/large.bin"), 270_000_000);
    await refuses(
      one,
      "over-budget",
      /^aws-lambda unzipped: 270\.\d MB, and the limit is 262\.1 MB \(docs\.aws\.amazon\.com.*, read 2026-08\)\. Nothing was written\.\nThe largest files:\n +270\.0 MB {2}large\.bin\n.*small\.bin\nWays out:\n {2}- --arch arm64.*aws-lambda-image.*store/s,
      { include: ["*.bin"] },
    );
  });

  it("puts runtime and model into layers where one zip is too large to upload, and says so where that does not help", async () => {
    const noise = Buffer.alloc(53_000_000);
    let seed = 1;
    for (let at = 0; at < noise.length; at += 4) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      noise.writeUInt32LE(seed, at);
    }
    const one = project();
    cpSync(join(REPOSITORY, "handlers/iris/iris.onnx"), join(one.root, "handlers/probe/model.onnx"));
    one.write({ "predict.ts": ONNX, "noise.bin": noise });
    await refuses(one, "over-budget", /function\.zip of aws-lambda, zipped: .*--upload s3/s, {
      include: ["noise.bin"],
    });
    const [direct] = await one.build({ include: ["noise.bin"], upload: "s3" });
    assert.deepEqual(
      direct?.manifest.artefacts.map(({ kind }) => kind),
      ["function"],
    );
    one.write({ "noise.bin": noise.subarray(0, 40_000_000) });
    const [split] = await one.build({ include: ["noise.bin"] });
    assert.deepEqual(
      split?.manifest.artefacts.map(({ kind }) => kind),
      ["function", "runtime-layer", "model-layer"],
    );
  });
});
