import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { overridable } from "../support/classifier.ts";
import { SERVES_MANY } from "../support/context.ts";
import { writeOnnx } from "../support/onnx-writer.ts";
import { type Metadata, serve } from "./support/serve.ts";

describe("an initializer that is also an input is an optional input", () => {
  const { post, get } = serve(overridable());
  const CASES: readonly (readonly [what: string, body: unknown, answer: unknown])[] = [
    ["left out, in the bare form", [[1, 2]], { y: [[11, 22]] }],
    ["left out, as one row", [1, 2], { y: [11, 22] }],
    ["left out, by name", { x: [[1, 2]] }, { y: [[11, 22]] }],
    ["given", { x: [[1, 2]], w: [5, 5] }, { y: [[6, 7]] }],
    ["given, with one row", { x: [1, 2], w: [5, 5] }, { y: [6, 7] }],
    [
      "different in each instance",
      { instances: [[1, 2], { x: [1, 2], w: [5, 5] }, { x: [1, 2], w: [0, 0] }] },
      { predictions: [{ y: [11, 22] }, { y: [6, 7] }, { y: [1, 2] }] },
    ],
  ];
  for (const [what, body, answer] of CASES) test(what, async () => assert.deepEqual(await post(body), answer));

  test("of a wrong shape or an unknown name, it is refused", async () => {
    const { errors } = (await post({ x: [[1, 2]], w: [5] })) as { errors: unknown };
    assert.deepEqual(errors, [{ pointer: "/w", message: "expected shape [2], got [1]: dimension 0 is 1, not 2" }]);
    const { detail } = (await post({ x: [[1, 2]], W: [5, 5] })) as { detail: string };
    assert.match(detail, /no input "W"; did you mean "w"/);
  });

  test("in the metadata and the schema", async () => {
    const { model } = ((await get("/metadata")) as Metadata).models;
    assert.deepEqual(model.inputs, [
      { name: "x", datatype: "FP32", shape: [-1, 2] },
      { name: "w", datatype: "FP32", shape: [2], optional: true },
    ]);
    type Schemas = {
      readonly components: { readonly schemas: { readonly Input: { readonly anyOf: readonly unknown[] } } };
    };
    const { components } = (await get("/openapi.json")) as Schemas;
    const [byName] = components.schemas.Input.anyOf as [{ readonly required: unknown; readonly properties: object }];
    assert.deepEqual([byName.required, Object.keys(byName.properties)], [["x"], ["x", "w"]]);
  });

  test("requests of one turn that set it differently do not mix", async () => {
    const many = serve(overridable(), { platform: SERVES_MANY, options: { execution: { maxBatchRows: 16 } } });
    await many.post([1, 2]);
    const bodies = Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? [at, 0] : { x: [at, 0], w: [at, at] }));
    const answers = await Promise.all(bodies.map(many.post));
    assert.deepEqual(
      answers,
      bodies.map((_, at) => ({ y: at % 2 === 0 ? [at + 10, 20] : [2 * at, at] })),
    );
  });

  test("of more than 1024 elements, it stays a weight", async () => {
    const wide = writeOnnx({
      nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
      inputs: [
        { name: "x", type: "float32", shape: ["N", 1] },
        { name: "w", type: "float32", shape: [1, 1025] },
      ],
      outputs: [{ name: "y", type: "float32", shape: ["N", 1025] }],
      initializers: [{ name: "w", dims: [1, 1025], type: "float32", data: () => new Float32Array(1025).fill(2) }],
    });
    const { get: read } = serve(wide);
    const { model } = ((await read("/metadata")) as Metadata).models;
    assert.deepEqual(model.inputs, [{ name: "x", datatype: "FP32", shape: [-1, 1] }]);
  });
});
