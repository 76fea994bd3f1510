import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isTricastError, type TricastError } from "@tricast/core";
import { type OnnxModel, onnx } from "../src/index.ts";
import { type LogLine, loadContext } from "./support/context.ts";
import { modelOpener, scratchFolder, write } from "./support/models.ts";
import { type GraphSpec, identity, writeOnnx } from "./support/onnx-writer.ts";

const folder = scratchFolder();
const open = modelOpener();

/** Two outputs: `y` as it came, `z` cast to int64. */
const TWO_OUTPUTS: GraphSpec = {
  nodes: [
    { op: "Identity", inputs: ["x"], outputs: ["y"] },
    { op: "Cast", inputs: ["x"], outputs: ["z"], attributes: { to: 7 } },
  ],
  inputs: [{ name: "x", type: "float32", shape: ["N", null, 3] }],
  outputs: [
    { name: "y", type: "float32", shape: ["N", null, 3] },
    { name: "z", type: "int64", shape: ["N", null, 3] },
  ],
};

function failure(path: string): TricastError {
  try {
    onnx(path).load(loadContext());
  } catch (error) {
    assert.ok(isTricastError(error), String(error));
    return error;
  }
  return assert.fail("it loaded");
}

test("a model tells its inputs and outputs, and its Open Inference Protocol metadata", () => {
  const source = onnx(write(folder, "two.onnx", writeOnnx(TWO_OUTPUTS)));
  const model = source.load(loadContext()) as OnnxModel;
  assert.deepEqual(model.inputs, [{ name: "x", type: "float32", shape: ["N", "?", 3] }]);
  assert.deepEqual(source.describe?.(model), {
    platform: "onnxruntime",
    inputs: [{ name: "x", datatype: "FP32", shape: [-1, -1, 3] }],
    outputs: [
      { name: "y", datatype: "FP32", shape: [-1, -1, 3] },
      { name: "z", datatype: "INT64", shape: [-1, -1, 3] },
    ],
  });
  source.dispose?.(model);
});

test("every element type has its protocol name", () => {
  const names = { float16: "FP16", float64: "FP64", string: "BYTES", bool: "BOOL", uint64: "UINT64", int8: "INT8" };
  for (const [type, datatype] of Object.entries(names)) {
    const path = write(folder, `${type}.onnx`, identity(type as keyof typeof names, []));
    const source = onnx(path);
    const model = source.load(loadContext()) as OnnxModel;
    assert.deepEqual(source.describe?.(model).inputs, [{ name: "x", datatype, shape: [] }]);
    model.close();
  }
});

test("only the outputs asked for are computed, and an unknown one is named", async () => {
  const model = open(writeOnnx(TWO_OUTPUTS));
  assert.deepEqual(Object.keys(await model.run({ x: [[[1, 2, 3]]] })), ["y", "z"]);
  const { z, ...rest } = await model.run({ x: [[[1, 2, 3]]] }, { outputs: ["z"] });
  assert.deepEqual([z?.toArray(), rest], [[[[1, 2, 3]]], {}]);
  const wrong = model.run({ x: [[[1, 2, 3]]] }, { outputs: ["Z"] });
  await assert.rejects(wrong, { code: "invalid-option", message: /no tensor output "Z"; did you mean "z"\?/ });
});

test("a tensor outlives the model it came from", async () => {
  const model = open(writeOnnx(TWO_OUTPUTS));
  const { y } = await model.run({ x: [[[1, 2, 3]]] });
  model.close();
  assert.deepEqual(y?.toArray(), [[[1, 2, 3]]]);
});

test("a closed model refuses to run, and closes only once", async () => {
  const model = open(writeOnnx(TWO_OUTPUTS));
  model.close();
  model.close();
  await assert.rejects(model.run({ x: [[[1, 2, 3]]] }), { code: "shutting-down" });
});

test("the runtime's own failure names the model, the shapes and the reason", async () => {
  const graph: GraphSpec = {
    nodes: [{ op: "Cast", inputs: ["x"], outputs: ["y"], attributes: { to: 1 } }],
    inputs: [{ name: "x", type: "string", shape: ["N"] }],
    outputs: [{ name: "y", type: "float32", shape: ["N"] }],
  };
  const model = open(writeOnnx(graph));
  await assert.rejects(model.run({ x: ["many"] }), { code: "predict-failed", message: /with x: string \[1\]: .*Cast/ });
  assert.deepEqual((await model.run({ x: ["1.5"] })).y?.toArray(), [1.5]);
});

const head = (text: string): Uint8Array => new TextEncoder().encode(text);
const whole = writeOnnx(TWO_OUTPUTS);
const plain = { inputs: TWO_OUTPUTS.inputs, outputs: [TWO_OUTPUTS.outputs[0]!] };

const UNUSABLE: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["an empty file", head(""), /\(0 bytes\) cannot be used: .* Fix: the file is empty/s],
  [
    "a file cut short",
    whole.subarray(0, 60),
    /\(60 bytes\).*Protobuf parsing failed.*Fix: the file is not an ONNX model, or is cut short/s,
  ],
  ["a Git LFS pointer", head("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a"), /git lfs pull/],
  ["a web page", head("\n<!doctype html><title>404</title>"), /this is a web page and not a model/],
  [
    "an operator set from the future",
    writeOnnx({ ...plain, nodes: [TWO_OUTPUTS.nodes[0]!], opset: 999 }),
    /Opset 999.*Fix: export the model with an older target_opset/s,
  ],
  [
    "an unknown operator",
    writeOnnx({ ...plain, nodes: [{ op: "Nope", inputs: ["x"], outputs: ["y"] }] }),
    /Nope.*Fix: this runtime lacks an operator of the model/s,
  ],
  [
    "an input of an unsupported type",
    identity("bfloat16", ["N"]),
    /its inputs "x" \(tensor of bfloat16\) are not supported.*Fix: put a Cast node/s,
  ],
];

for (const [index, [what, bytes, message]] of UNUSABLE.entries()) {
  test(`${what} is a model-invalid that says what to do, and the repaired file loads`, async () => {
    const path = write(folder, `unusable-${index}.onnx`, bytes);
    const error = failure(path);
    assert.equal(error.code, "model-invalid");
    assert.ok(error.message.startsWith(path));
    assert.match(error.message, message);
    write(folder, `unusable-${index}.onnx`, whole);
    const model = onnx(path).load(loadContext()) as OnnxModel;
    assert.deepEqual((await model.run({ x: [[[1, 2, 3]]] })).z?.toArray(), [[[1, 2, 3]]]);
    model.close();
  });
}

test("a folder in place of a file, and a file in place of a folder, do not load", () => {
  assert.equal(failure(join(folder, "two.onnx", "inner.onnx")).code, "model-not-found");
});

const ZIP_MAP: GraphSpec = {
  nodes: [
    { op: "Identity", inputs: ["x"], outputs: ["p"] },
    {
      op: "ZipMap",
      inputs: ["p"],
      outputs: ["maps"],
      domain: "ai.onnx.ml",
      attributes: { classlabels_int64s: [0, 1, 2] },
    },
  ],
  inputs: [{ name: "x", type: "float32", shape: ["N", 3] }],
  outputs: [
    { name: "p", type: "float32", shape: ["N", 3] },
    { name: "maps", type: "float32", zipMap: true },
  ],
};

test("outputs that are no tensors are left out, with one warning that tells the fix", async () => {
  const lines: LogLine[] = [];
  const model = open(writeOnnx(ZIP_MAP), {}, lines);
  assert.deepEqual(Object.keys(await model.run({ x: [[1, 2, 3]] })), ["p"]);
  await model.run({ x: [[1, 2, 3]] });
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.level, "warn");
  assert.match(
    lines[0].message,
    /the outputs "maps" \(sequence or map\) are not supported and left out.*options=\{"zipmap": False\}/,
  );
});

test("a model without any tensor output is invalid", () => {
  const error = failure(write(folder, "maps.onnx", writeOnnx({ ...ZIP_MAP, outputs: [ZIP_MAP.outputs[1]!] })));
  assert.equal(error.code, "model-invalid");
  assert.match(error.message, /none of its outputs is supported: "maps" \(sequence or map\).*"zipmap": False/);
});

test("files up to 1 GiB load at once; larger ones in a later turn", async () => {
  const path = write(folder, "large.onnx", "");
  truncateSync(path, 2 ** 30);
  assert.equal(failure(path).code, "model-invalid");
  truncateSync(path, 2 ** 30 + 1);
  const loading = onnx(path).load(loadContext());
  assert.ok(loading instanceof Promise);
  await assert.rejects(loading, { code: "model-invalid", message: /1073741825 bytes/ });
});

/** Enough weights that a difference in how they are stored would show. */
function dense(size: number): GraphSpec {
  const data = Array.from({ length: size * size }, (_, index) => Math.sin(index));
  return {
    nodes: [
      { op: "MatMul", inputs: ["x", "w"], outputs: ["h"] },
      { op: "Relu", inputs: ["h"], outputs: ["y"] },
    ],
    inputs: [{ name: "x", type: "float32", shape: ["N", size] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", size] }],
    initializers: [{ name: "w", dims: [size, size], type: "float32", data }],
  };
}

test("an .ort file, memory-mapped, answers exactly as the .onnx file it was made from", async () => {
  const size = 64;
  const ort = join(folder, "dense.ort");
  const path = write(folder, "dense.onnx", writeOnnx(dense(size)));
  const { loadBinding } = await import("../src/binding.ts");
  const writer = new (loadBinding(loadContext().log).Session)();
  writer.loadModel(path, { graphOptimizationLevel: "all", logSeverityLevel: 4, optimizedModelFilePath: ort } as never);
  writer.dispose();
  const x = Float32Array.from({ length: size * 3 }, (_, index) => Math.cos(index));
  const answers = await Promise.all(
    [path, ort].map(async (file) => {
      const model = onnx(file).load(loadContext()) as OnnxModel;
      const { y } = await model.run({ x });
      model.close();
      return y?.data;
    }),
  );
  assert.deepEqual(answers[1], answers[0]);
  assert.ok((answers[0] as Float32Array).some((value) => value > 0));
});
