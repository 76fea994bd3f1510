import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { unservedValues } from "../../src/graph/index.ts";
import { type OnnxModel, onnx } from "../../src/index.ts";
import { scratchFolder, write } from "../support/models.ts";
import { type GraphSpec, identity, ONNX_TYPE, writeOnnx } from "../support/onnx-writer.ts";
import { type Metadata, serve, servedContext } from "./support/serve.ts";

const folder = scratchFolder();

describe("types without a JavaScript form are cast", () => {
  const identityOf = (type: "bfloat16" | "int4" | "uint4", shape: readonly (string | number)[]): GraphSpec => ({
    nodes: [
      { op: "Cast", inputs: ["x"], outputs: ["small"], attributes: { to: ONNX_TYPE[type] } },
      { op: "Cast", inputs: ["small"], outputs: ["back"], attributes: { to: 1 } },
    ],
    inputs: [{ name: "x", type: "float32", shape }],
    outputs: [
      { name: "small", type, shape },
      { name: "back", type: "float32", shape },
    ],
    opset: 21,
  });

  const CASES = [
    ["bfloat16", [1.00390625, -3], [1, -3], "FP32"],
    ["int4", [-8, 7], [-8, 7], "INT8"],
    ["uint4", [15, 0], [15, 0], "UINT8"],
  ] as const;
  for (const [type, given, seen, datatype] of CASES) {
    test(`an output of ${type}, which another operator reads too`, async () => {
      const { post, get } = serve(writeOnnx(identityOf(type, ["N", 2])));
      assert.deepEqual(await post([given]), { small: [seen], back: [seen] });
      const { outputs } = ((await get("/metadata")) as Metadata).models.model;
      assert.deepEqual(outputs, [
        { name: "small", datatype, shape: [-1, 2] },
        { name: "back", datatype: "FP32", shape: [-1, 2] },
      ]);
    });
  }

  test("an input and an output of bfloat16", async () => {
    const graph: GraphSpec = {
      nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
      inputs: [{ name: "x", type: "bfloat16", shape: ["N", 2] }],
      outputs: [{ name: "y", type: "bfloat16", shape: ["N", 2] }],
    };
    const { post, get } = serve(writeOnnx(graph));
    assert.deepEqual(await post([1.00390625, -3]), { y: [1, -3] });
    const { model } = ((await get("/metadata")) as Metadata).models;
    assert.deepEqual(model.inputs, [{ name: "x", datatype: "FP32", shape: [-1, 2] }]);
    assert.deepEqual(unservedValues(writeOnnx(graph)), []);
  });

  test("but an input of int4 is refused, because a cast would change large numbers silently", () => {
    const bytes = writeOnnx({
      nodes: [{ op: "Cast", inputs: ["x"], outputs: ["y"], attributes: { to: 1 } }],
      inputs: [{ name: "x", type: "int4", shape: ["N"] }],
      outputs: [{ name: "y", type: "float32", shape: ["N"] }],
      opset: 21,
    });
    assert.deepEqual(unservedValues(bytes), [{ side: "input", name: "x", datatype: "INT4" }]);
  });
});

test("a file that is served as it is, is not read into memory", () => {
  const source = onnx(write(folder, "plain.onnx", identity("float32", ["N"])));
  const model = source.load(servedContext());
  after(() => source.dispose?.(model as OnnxModel));
  assert.equal((model as { origin?: { form: { file: { content?: unknown } } } }).origin?.form.file.content, undefined);
});
