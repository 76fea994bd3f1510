import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { type AnyPredictor, definePredictor } from "@tricast/core";
import { createService, LOCAL, type PlatformTraits } from "@tricast/core/adapter";
import { unservedValues } from "../../src/graph/index.ts";
import { executionStats, type OnnxModel, type OnnxOptions, onnx } from "../../src/index.ts";
import { classifier, classifierSpec, overridable } from "../support/classifier.ts";
import { SERVES_MANY } from "../support/context.ts";
import { scratchFolder, write } from "../support/models.ts";
import { type GraphSpec, identity, ONNX_TYPE, writeOnnx } from "../support/onnx-writer.ts";

const folder = scratchFolder();
let written = 0;

interface Serving {
  readonly options?: OnnxOptions;
  readonly platform?: PlatformTraits;
  readonly definition?: object;
}

function serve(bytes: Uint8Array, { options, platform = LOCAL, definition = {} }: Serving = {}) {
  const path = write(folder, `model-${written++}.onnx`, bytes);
  const predictor = definePredictor({ name: "graph", model: onnx(path, options), ...definition } as never);
  const service = createService(predictor as AnyPredictor, { platform });
  after(() => service.close());
  const call = async (method: string, at: string, body?: unknown): Promise<unknown> => {
    const headers = { "content-type": "application/json" };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const request = { method, path: at, query: "", headers, body: text };
    const answer = await service.handle(request, { id: "1", platform: "local", native: undefined, log: () => {} });
    return JSON.parse(String(answer.body));
  };
  return { service, post: (body: unknown) => call("POST", "/predict", body), get: (at: string) => call("GET", at) };
}

type Metadata = { readonly models: { readonly model: Record<string, unknown> } };

describe("the map of a ZipMap is served as one column for each class", () => {
  const CLASSES: readonly (readonly [
    what: string,
    labels: readonly string[] | readonly number[],
    names: readonly string[],
  ])[] = [
    ["texts", ["setosa", "versicolor"], ["setosa", "versicolor"]],
    ["texts with dots, spaces and other letters", ["a.b", "ü x"], ["a.b", "ü x"]],
    ["numbers", [0, 1], ["0", "1"]],
    ["negative numbers", [-1, 7], ["-1", "7"]],
  ];
  for (const [what, labels, names] of CLASSES) {
    test(`of ${what}`, async () => {
      const { post, get } = serve(classifier(labels));
      const [first, second] = names.map((name) => `probabilities.${name}`) as [string, string];
      assert.deepEqual(
        await post([
          [0.25, 0.75],
          [1, 0],
        ]),
        { label: [1, 0], [first]: [0.25, 1], [second]: [0.75, 0] },
      );
      assert.deepEqual(await post([0.25, 0.75]), { label: 1, [first]: 0.25, [second]: 0.75 });
      assert.deepEqual(await post({ instances: [[0.25, 0.75], { x: [1, 0] }] }), {
        predictions: [
          { label: 1, [first]: 0.25, [second]: 0.75 },
          { label: 0, [first]: 1, [second]: 0 },
        ],
      });
      const { model } = ((await get("/metadata")) as Metadata).models;
      const column = { datatype: "FP32", shape: [-1] };
      assert.deepEqual(model, {
        platform: "onnxruntime",
        inputs: [{ name: "x", datatype: "FP32", shape: [-1, 2] }],
        outputs: [
          { name: "label", datatype: "INT64", shape: [-1] },
          { name: first, ...column },
          { name: second, ...column },
        ],
        versions: [""],
      });
    });
  }

  test("in worker threads and shared runs", async () => {
    let model: OnnxModel | undefined;
    const options: OnnxOptions = { execution: { workers: 1, maxBatchRows: 16 } };
    const path = write(folder, "workers.onnx", classifier(["a", "b"]));
    const source = onnx(path, options);
    const load = async (...[context]: Parameters<typeof source.load>) => {
      model = await source.load(context);
      return model;
    };
    const service = createService(definePredictor({ name: "graph", model: { ...source, load } }), {
      platform: SERVES_MANY,
    });
    after(() => service.close());
    const ask = async (at: number): Promise<unknown> => {
      const request = { method: "POST", path: "/predict", query: "", headers: {}, body: JSON.stringify([at, 1]) };
      const answer = await service.handle(request, { id: "1", platform: "many", native: undefined, log: () => {} });
      return JSON.parse(String(answer.body));
    };
    await ask(0);
    const before = executionStats(model!)!;
    const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => ask(at)));
    assert.deepEqual(
      answers,
      answers.map((_, at) => ({ label: at >= 1 ? 0 : 1, "probabilities.a": at, "probabilities.b": 1 })),
    );
    assert.ok(executionStats(model!)!.batches - before.batches < 12, "no run was shared");
  });

  test("and more than 1024 classes are one tensor", async () => {
    const { post } = serve(classifier(Array.from({ length: 1025 }, (_, at) => at)));
    const row = Array.from({ length: 1025 }, (_, at) => (at === 7 ? 1 : 0));
    assert.deepEqual(await post([row]), { label: [7], "probabilities.values": [row] });
  });

  test("also without operators of the default domain, and with the map first", async () => {
    const { nodes, inputs, outputs } = classifierSpec(["a", "b"]);
    const only: GraphSpec = {
      nodes: [{ ...nodes[2]!, inputs: ["x"] }],
      inputs,
      outputs: [outputs[1]!, { name: "x", type: "float32", shape: ["N", 2] }],
    };
    assert.deepEqual(await serve(writeOnnx(only)).post([[1, 2]]), {
      "probabilities.a": [1],
      "probabilities.b": [2],
      x: [[1, 2]],
    });
  });

  const UNTOUCHED: Readonly<Record<string, GraphSpec>> = {
    "a name is taken": {
      ...classifierSpec(["a", "b"]),
      nodes: [...classifierSpec(["a", "b"]).nodes, { op: "Neg", inputs: ["x"], outputs: ["probabilities.a"] }],
    },
    "two classes have one name": classifierSpec(["a", "a"]),
  };
  for (const [what, spec] of Object.entries(UNTOUCHED)) {
    test(`but is left out and named in the metadata where ${what}`, async () => {
      const { post, get } = serve(writeOnnx(spec));
      assert.deepEqual(await post([[1, 0]]), { label: [0] });
      const { unserved } = ((await get("/metadata")) as Metadata).models.model;
      assert.deepEqual(unserved, [{ name: "probabilities", datatype: "SEQUENCE<MAP<BYTES,FP32>>" }]);
    });
  }

  for (const [where, platform] of Object.entries({ "one request": LOCAL, "many requests": SERVES_MANY })) {
    test(`and a changed graph that does not load is replaced by the file, for ${where} at a time`, async () => {
      const { nodes, inputs, outputs } = classifierSpec(["a.b", "c"]);
      const second = {
        ...nodes[2]!,
        outputs: ["probabilities.a"],
        attributes: { classlabels_strings: { texts: ["b", "d"] } },
      };
      const graph: GraphSpec = {
        nodes: [...nodes, second, { op: "SequenceConstruct", inputs: ["x"], outputs: ["list"] }],
        inputs,
        // Both maps have a column "probabilities.a.b".
        outputs: [
          ...outputs,
          { ...outputs[1]!, name: "probabilities.a" },
          { name: "list", type: "float32", sequence: true },
        ],
      };
      const { post, get } = serve(writeOnnx(graph), { platform });
      assert.deepEqual(await post([[1, 0]]), { label: [0] });
      const { lists, unserved } = ((await get("/metadata")) as Metadata).models.model;
      assert.deepEqual(
        [lists, (unserved as { readonly name: string }[]).map(({ name }) => name)],
        [undefined, ["probabilities", "probabilities.a", "list"]],
      );
    });
  }

  test("a predictor with code gets the tensors of the file, as before", async () => {
    const predict = async (_: unknown, { model }: { model: OnnxModel }) =>
      Object.keys(await model.run({ x: [[1, 0]] }));
    const { post, get } = serve(classifier(["a", "b"]), { definition: { predict, examples: [0] } });
    assert.deepEqual(await post(0), ["label"]);
    assert.equal("unserved" in ((await get("/metadata")) as Metadata).models.model, false);
  });
});

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
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const model = source.load({ predictor: "p", model: "model", platform: LOCAL, log, definition: {} }) as OnnxModel;
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
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    assert.throws(() => source.load({ predictor: "p", model: "model", platform: LOCAL, log, definition: {} }), {
      code: "model-invalid",
      message: /its inputs "rows" \(sequence or map\) are not supported.*for a sequence, export a tensor$/,
    });
  });
});

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
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const model = source.load({ predictor: "p", model: "model", platform: LOCAL, log, definition: {} });
  after(() => source.dispose?.(model as OnnxModel));
  assert.equal((model as { origin?: { form: { file: { content?: unknown } } } }).origin?.form.file.content, undefined);
});
