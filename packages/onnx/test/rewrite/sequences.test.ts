import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { unservedValues } from "../../src/graph/index.ts";
import { type OnnxModel, onnx } from "../../src/index.ts";
import { scratchFolder, write } from "../support/models.ts";
import { type GraphSpec, writeOnnx } from "../support/onnx-writer.ts";
import { type Metadata, serve, servedContext } from "./support/serve.ts";

const folder = scratchFolder();

describe("a sequence", () => {
  const values = (name: string, sequence = false) => ({ name, type: "float32", shape: ["N", 2], sequence }) as const;

  const both: GraphSpec = {
    nodes: [
      { op: "Neg", inputs: ["x"], outputs: ["n"] },
      { op: "SequenceConstruct", inputs: ["x", "n"], outputs: ["both"] },
    ],
    inputs: [values("x")],
    outputs: [values("both", true)],
  };

  test("is served as a list, and named in metadata and schema", async () => {
    const { post, get, service } = serve(writeOnnx(both));
    assert.deepEqual(await post([[1, 2]]), { both: [[[1, 2]], [[-1, -2]]] });
    assert.deepEqual(await post({ instances: [[[1, 2]], { x: [[3, 4]] }] }), {
      predictions: [{ both: [[[1, 2]], [[-1, -2]]] }, { both: [[[3, 4]], [[-3, -4]]] }],
    });
    const { model } = ((await get("/metadata")) as Metadata).models;
    assert.deepEqual([model.outputs, model.lists, "unserved" in model], [[], ["both"], false]);
    const { outputJsonSchema } = await service.describe();
    assert.deepEqual(Object.keys((outputJsonSchema as { properties: object }).properties), ["both"]);
    assert.deepEqual(unservedValues(writeOnnx(both)), []);
  });

  test("of 64-bit numbers keeps every digit", async () => {
    const ids: GraphSpec = {
      nodes: [
        { op: "Cast", inputs: ["x"], outputs: ["i"], attributes: { to: 7 } },
        { op: "SequenceConstruct", inputs: ["i", "i"], outputs: ["twice"] },
      ],
      inputs: [{ name: "x", type: "float32", shape: ["N"] }],
      outputs: [{ name: "twice", type: "int64", sequence: true }],
    };
    const { post } = serve(writeOnnx(ids));
    assert.deepEqual(await post([2 ** 60]), { twice: [[2 ** 60], [2 ** 60]] });
  });

  test("has an error of its own over protocols of tensors, if the graph has no tensor", async () => {
    const source = onnx(write(folder, "lists.onnx", writeOnnx(both)));
    const model = source.load(servedContext()) as OnnxModel;
    after(() => source.dispose?.(model));
    const x = { name: "x", datatype: "FP32", shape: [1, 2], data: Float32Array.of(1, 2) };
    const asked = source.zeroCode!(model).infer([x], undefined, { signal: new AbortController().signal });
    await assert.rejects(asked, { code: "not-implemented", message: /sequences \(both\).*ask for them at \/predict/ });
  });

  test("of any length, beside a tensor", async () => {
    const split: GraphSpec = {
      nodes: [
        { op: "SplitToSequence", inputs: ["x"], outputs: ["rows"], attributes: { axis: 0, keepdims: 0 } },
        { op: "Neg", inputs: ["x"], outputs: ["n"] },
      ],
      inputs: [values("x")],
      outputs: [values("rows", true), values("n")],
    };
    const { post } = serve(writeOnnx(split));
    for (const rows of [
      [[1, 2]],
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ]) {
      assert.deepEqual(await post(rows), { n: rows.map(([a, b]) => [-a!, -b!]), rows });
    }
  });

  test("that is empty, of texts, and of tensors that differ in shape", async () => {
    const graph: GraphSpec = {
      nodes: [
        { op: "SequenceEmpty", inputs: [], outputs: ["none"] },
        { op: "SequenceConstruct", inputs: ["s", "s"], outputs: ["texts"] },
        { op: "Slice", inputs: ["s", "zero", "one"], outputs: ["first"] },
        { op: "Squeeze", inputs: ["first"], outputs: ["bare"] },
        { op: "SequenceConstruct", inputs: ["s", "first", "bare"], outputs: ["ragged"] },
      ],
      inputs: [{ name: "s", type: "string", shape: ["N"] }],
      outputs: [
        { name: "none", type: "float32", sequence: true },
        { name: "texts", type: "string", sequence: true },
        { name: "ragged", type: "string", sequence: true },
      ],
      initializers: [
        { name: "zero", dims: [1], type: "int64", data: [0] },
        { name: "one", dims: [1], type: "int64", data: [1] },
      ],
    };
    assert.deepEqual(await serve(writeOnnx(graph)).post(["ü", "b"]), {
      none: [],
      texts: [
        ["ü", "b"],
        ["ü", "b"],
      ],
      ragged: [["ü", "b"], ["ü"], "ü"],
    });
  });

  test("as an input is refused with the fix that helps", () => {
    const graph: GraphSpec = {
      nodes: [{ op: "ConcatFromSequence", inputs: ["rows"], outputs: ["y"], attributes: { axis: 0 } }],
      inputs: [values("rows", true)],
      outputs: [values("y")],
    };
    assert.deepEqual(unservedValues(writeOnnx(graph)), [{ side: "input", name: "rows", datatype: "SEQUENCE<FP32>" }]);
    const source = onnx(write(folder, "sequence.onnx", writeOnnx(graph)));
    assert.throws(() => source.load(servedContext()), {
      code: "model-invalid",
      message: /its inputs "rows" \(sequence or map\) are not supported.*for a sequence, export a tensor$/,
    });
  });
});
