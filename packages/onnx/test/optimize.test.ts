import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { Tensor } from "../src/index.ts";
import { type Candidate, chooseCandidate, verdict } from "../src/optimize/choose-candidate.ts";
import { differenceOf } from "../src/optimize/compare-outputs.ts";
import { reviveExamples } from "../src/optimize/example-file.ts";
import { optimizeModel } from "../src/optimize/index.ts";
import { scratchFolder, write } from "./support/models.ts";
import { identity } from "./support/onnx-writer.ts";

const root = scratchFolder();

test("what cannot be optimised is an error that says why, and leaves nothing behind", async () => {
  const folder = join(root, "bad");
  const model = write(folder, "bad.onnx", "no model");
  await assert.rejects(optimizeModel(model), {
    code: "model-invalid",
    message: /bad\.onnx cannot be optimised: .*Protobuf/s,
  });
  assert.deepEqual(readdirSync(folder), ["bad.onnx"]);
  await assert.rejects(optimizeModel(join(folder, "none.onnx")), { code: "model-not-found" });
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ threads: 1 }, /optimizeModel has no option "threads"/],
    [{ target: { arch: "riscv64" } }, /target\.arch is riscv64, and this machine is/],
    [{ target: { threads: 0 } }, /target\.threads is 0/],
    [{ tolerance: -1 }, /tolerance is -1/],
    [{ prepack: "sometimes" }, /prepack is "sometimes"; it must be one of auto, always, never/],
    [{ rounds: 0.5 }, /rounds is 0\.5/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(optimizeModel(model, options), { code: "invalid-option", message });
  }
  writeFileSync(join(folder, "bad.ort"), "");
  await assert.rejects(optimizeModel(join(folder, "bad.ort")), {
    code: "invalid-option",
    message: /is not an \.onnx file/,
  });
  assert.ok(existsSync(dirname(model)));
});

test("an example that the model refuses is reported, and not passed over", async () => {
  const model = write(join(root, "example"), "m.onnx", identity("float32", ["N", 4]));
  const examples = [{ x: [1, 2, 3] }];
  await assert.rejects(optimizeModel(model, { examples }), {
    code: "model-invalid",
    message: /expected a multiple of 4 elements/,
  });
});

const times = (ratio: number) => ({ originalMs: 1, candidateMs: ratio, ratio });
const candidate = (overrides: Partial<Candidate>): Candidate => ({
  name: "ort",
  description: "",
  prepacks: true,
  cold: { loadMs: 5, firstMs: 5, coldMs: 10, peakMb: 50 },
  coldRatio: 0.5,
  gainMs: 10,
  one: times(1),
  sixteen: times(1),
  ...overrides,
});

test("a form may take 1.05 x the time for one row and 1.2 x for sixteen, unless weights must not be reordered", () => {
  assert.equal(verdict(candidate({ one: times(1.05), sixteen: times(1.2) }), "auto"), undefined);
  assert.match(verdict(candidate({ one: times(1.06) }), "auto")!, /a run of one row takes 1\.06 x/);
  assert.match(verdict(candidate({ sixteen: times(1.21) }), "always")!, /a run of 16 rows takes 1\.21 x/);
  assert.equal(verdict(candidate({ one: times(3), sixteen: times(3) }), "never"), undefined);
});

test("a form that is not sooner by a twentieth and three milliseconds is not worth another file", () => {
  assert.match(verdict(candidate({ coldRatio: 0.96 }), "auto")!, /0\.96 x the original's time/);
  assert.match(verdict(candidate({ gainMs: 2.9 }), "auto")!, /2\.9 ms less \(needed: at most 0\.95 x/);
  assert.equal(verdict(candidate({ coldRatio: 0.95, gainMs: 3 }), "never"), undefined);
});

test("of the forms that may be used, the soonest is chosen", () => {
  const at = (name: Candidate["name"], coldMs: number, refused?: string) =>
    candidate({
      name,
      cold: { loadMs: 0, firstMs: coldMs, coldMs, peakMb: 1 },
      ...(refused === undefined ? {} : { refused }),
    });
  const forms = [at("ort", 9), at("ort-unpacked", 3, "slow"), at("pointwise", 5), at("external", 7)];
  assert.equal(chooseCandidate(forms)?.name, "pointwise");
  assert.equal(chooseCandidate([at("ort", 9, "slow")]), undefined);
});

test("outputs are compared against their own magnitude, and what is no float exactly", () => {
  const floats = (...values: number[]) => ({ y: new Tensor("float32", Float32Array.from(values), [values.length]) });
  assert.equal(differenceOf(floats(1000, 1), floats(1001, 1)), 1 / 1000);
  assert.ok(Math.abs(differenceOf(floats(0.5), floats(0.25)) - 0.25) < 1e-9);
  assert.equal(differenceOf(floats(Number.NaN, Infinity), floats(Number.NaN, Infinity)), 0);
  assert.equal(differenceOf(floats(Number.NaN), floats(1)), Infinity);
  assert.equal(differenceOf(floats(1), floats(1, 1)), Infinity);
  assert.equal(differenceOf(floats(1), { z: floats(1).y }), Infinity);
  const labels = (value: bigint) => ({ y: new Tensor("int64", BigInt64Array.of(value), [1]) });
  assert.deepEqual([differenceOf(labels(1n), labels(1n)), differenceOf(labels(1n), labels(2n))], [0, Infinity]);
  const words = (value: string) => ({ y: new Tensor("string", [value], [1]) });
  assert.deepEqual([differenceOf(words("a"), words("a")), differenceOf(words("a"), words("b"))], [0, Infinity]);
  const half = (bits: number) => ({ y: new Tensor("float16", Uint16Array.of(bits), [1]) });
  assert.equal(differenceOf(half(0x3c00), half(0x3800)), 0.5);
});

test("examples keep their tensors on the way to another process", () => {
  const examples = [{ a: new Tensor("float32", Float32Array.of(1, 2), [1, 2]), b: [[1, 2]], c: 5n }];
  assert.deepEqual(reviveExamples(structuredClone(examples)), examples);
});
