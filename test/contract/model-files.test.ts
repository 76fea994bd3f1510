import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { definePredictor, type ErrorCode } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import { assertHeals, post, wireText } from "./support/core-testing.ts";
import { fleet, type Subject } from "./support/fleet.ts";

const IRIS = fileURLToPath(new URL("../../handlers/iris/iris.onnx", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tricast contract "));
after(() => rmSync(folder, { recursive: true }));

/** A predictor whose model cannot be had, until `heal` is called. */
interface Patient extends Subject {
  readonly heal: () => void;
}

const TENSOR = post({ features: [[5.1, 3.5, 1.4, 0.2]] });
let files = 0;

/** A graph that serves itself from a file which `spoil` has not put there in order. */
function fromFile(spoil: (path: string) => void): Patient {
  const path = join(folder, `model-${++files}.onnx`);
  spoil(path);
  const predictor = definePredictor({ name: "graph", model: onnx(path) });
  return { predictor, heal: () => copyFileSync(IRIS, path) };
}

const ILLNESSES: Readonly<Record<string, readonly [ErrorCode, (path: string) => void]>> = {
  "a missing model file": ["model-not-found", () => {}],
  "a corrupt model file": ["model-invalid", (path) => writeFileSync(path, "not a model at all")],
  "an empty model file": ["model-invalid", (path) => writeFileSync(path, "")],
  "half a model file": ["model-invalid", (path) => writeFileSync(path, readFileSync(IRIS).subarray(0, 20_000))],
};

for (const [what, [code, spoil]] of Object.entries(ILLNESSES)) {
  fleet(() => fromFile(spoil)).each(
    `${code}: ${what} is a 503 with the time of the next attempt, and recovers without a restart`,
    async (instance) => {
      const response = await instance.send(TENSOR);
      assert.ok(!wireText(response).includes(folder), "the place of the file is in the response");
      await assertHeals(instance, { code, request: TENSOR });
    },
    { concurrent: true },
  );
}
