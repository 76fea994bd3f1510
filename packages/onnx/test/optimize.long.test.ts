import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { type OnnxModel, onnx, Tensor } from "../src/index.ts";
import { type Candidate, chooseCandidate, verdict } from "../src/optimize/choose-candidate.ts";
import { differenceOf } from "../src/optimize/compare-outputs.ts";
import { plainExamples, reviveExamples } from "../src/optimize/example-file.ts";
import { optimizeModel, renderOptimizeTable } from "../src/optimize/index.ts";
import { madeUpFeeds } from "../src/optimize/made-up-feeds.ts";
import type { OptimizedRecord } from "../src/optimized/record.ts";
import { type LogLine, loadContext } from "./support/context.ts";
import { scratchFolder, write } from "./support/models.ts";
import { type GraphSpec, identity, type NodeSpec, writeOnnx } from "./support/onnx-writer.ts";

const root = scratchFolder();

const WIDTH = 1536;
const LAYERS = 3;

/** 28 MB of dense layers: what takes a plain session tens of milliseconds to load. */
function perceptron(): GraphSpec {
  const nodes = Array.from({ length: LAYERS }, (_, index): NodeSpec[] => [
    { op: "MatMul", inputs: [index === 0 ? "x" : `h${index}`, `w${index}`], outputs: [`m${index}`] },
    { op: "Relu", inputs: [`m${index}`], outputs: [index === LAYERS - 1 ? "y" : `h${index + 1}`] },
  ]);
  const data = Float32Array.from({ length: WIDTH * WIDTH }, (_, index) => Math.sin(index * 1.3) / 40);
  const initializers = Array.from({ length: LAYERS }, (_, index) => {
    return { name: `w${index}`, dims: [WIDTH, WIDTH], type: "float32", data } as const;
  });
  const value = (name: string) => ({ name, type: "float32", shape: ["N", WIDTH] }) as const;
  return { nodes: nodes.flat(), initializers, inputs: [value("x")], outputs: [value("y")] };
}

test("a large model gets a form that loads sooner, answers the same and is found by onnx()", async () => {
  const folder = join(root, "mlp");
  const model = write(folder, "mlp.onnx", writeOnnx(perceptron()));
  const before = readFileSync(model);
  const x = Float32Array.from({ length: WIDTH }, (_, index) => Math.cos(index));
  const result = await optimizeModel(model, {
    rounds: 3,
    prepack: "never",
    examples: [{ x: new Tensor("float32", x, [1, WIDTH]) }],
  });
  assert.ok(result.chosen !== undefined, result.reason);
  assert.ok(["ort-unpacked", "pointwise"].includes(result.chosen.name));
  assert.ok(result.chosen.coldRatio! < 0.95 && result.chosen.difference! <= 1e-5);
  assert.deepEqual(readFileSync(model), before, "the original stays as it was");
  assert.deepEqual(readdirSync(folder).sort(), ["mlp.onnx", "mlp.ort", "mlp.tricast.json"]);
  const record = JSON.parse(readFileSync(join(folder, "mlp.tricast.json"), "utf8")) as OptimizedRecord;
  assert.deepEqual(record.variant, JSON.parse(JSON.stringify(result.variant)));
  assert.deepEqual(record.variant.rows?.outputs, { y: true }, "requests may share runs of the form");
  assert.deepEqual(
    result.files.map((file) => basename(file)),
    ["mlp.ort", "mlp.tricast.json"],
  );
  for (const name of ["ort", "external", "external-prepacked"]) {
    assert.equal(result.candidates.find((one) => one.name === name)?.refused, 'prepack is "never"');
  }
  const lines: LogLine[] = [];
  const loaded = onnx(model).load(loadContext(lines)) as OnnxModel;
  const { y } = await loaded.run({ x });
  assert.equal(y?.dims[1], WIDTH);
  loaded.close();
  assert.deepEqual(lines, []);
  const table = renderOptimizeTable(result);
  assert.match(table, /^> (ort-unpacked|pointwise) +28\.\d MB/m);
  assert.match(table, /Not external: prepack is "never"\./);
});

/** Answers otherwise each time, so that no form can be held to it: what is found faster may be chance, and this is none. */
function dice(): GraphSpec {
  const value = (name: string) => ({ name, type: "float32", shape: ["N", 4] }) as const;
  const nodes: NodeSpec[] = [{ op: "RandomUniformLike", inputs: ["x"], outputs: ["y"] }];
  return { nodes, inputs: [value("x")], outputs: [value("y")] };
}

test("a model without a form that may be used stays alone, and an earlier form of it goes", async () => {
  const folder = join(root, "tiny");
  const model = write(folder, "tiny.onnx", writeOnnx(dice()));
  const earlier = {
    format: 1,
    original: { file: "tiny.onnx" },
    variant: { files: ["tiny.ort"], target: { arch: "x64" }, runtime: "onnxruntime 0.1.0", session: { config: {} } },
    sizes: { "tiny.ort": 3 },
  };
  write(folder, "tiny.ort", "old");
  write(folder, "tiny.tricast.json", JSON.stringify(earlier));
  const result = await optimizeModel(model, { rounds: 1, prepack: "never" });
  assert.equal(result.chosen, undefined);
  assert.deepEqual([result.files, result.variant], [[], undefined]);
  assert.match(result.reason, /The original is kept/);
  assert.deepEqual(readdirSync(folder), ["tiny.onnx"]);
  assert.match(renderOptimizeTable(result), /Not pointwise: it has no dense layers.*\n.*Not external/s);
});

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
    [{ prepack: "sometimes" }, /prepack is "sometimes"; it is auto, always or never/],
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
  assert.match(verdict(candidate({ gainMs: 2.9 }), "auto")!, /2\.9 ms less; that is not worth another file/);
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

test("made-up inputs fit their types and shapes, and are the same for a seed", () => {
  const types = ["float32", "float64", "float16", "int8", "int64", "uint64", "bool", "string"] as const;
  const inputs = types.map((type) => ({ name: type, type, shape: ["N", 2, "S"] }));
  const feeds = madeUpFeeds(inputs, 16, 1);
  for (const type of types) assert.deepEqual(feeds[type]?.dims, [16, 2, 8]);
  assert.deepEqual(madeUpFeeds(inputs, 16, 1), feeds);
  assert.notDeepEqual(madeUpFeeds(inputs, 16, 2), feeds);
  const floats = feeds.float32!.data as Float32Array;
  assert.ok(floats.every((value) => value >= -1 && value <= 1) && new Set(floats).size > 200);
});

test("examples keep their tensors on the way to another process", () => {
  const examples = [{ a: new Tensor("float32", Float32Array.of(1, 2), [1, 2]), b: [[1, 2]], c: 5n }];
  assert.deepEqual(reviveExamples(structuredClone(plainExamples(examples))), examples);
});
