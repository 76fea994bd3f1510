import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { type OnnxModel, onnx, Tensor } from "../src/index.ts";
import { optimizeModel, renderOptimizeTable } from "../src/optimize/index.ts";
import type { OptimizedRecord } from "../src/optimized/record.ts";
import { type LogLine, loadContext } from "./support/context.ts";
import { scratchFolder, write } from "./support/models.ts";
import { type GraphSpec, type NodeSpec, writeOnnx } from "./support/onnx-writer.ts";

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
  assert.match(renderOptimizeTable(result), /Not pointwise: it does not have dense layers.*\n.*Not external/s);
});
