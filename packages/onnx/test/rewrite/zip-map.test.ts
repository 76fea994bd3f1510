import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService, LOCAL } from "@tricast/core/adapter";
import { executionStats, type OnnxModel, type OnnxOptions, onnx } from "../../src/index.ts";
import { classifier, classifierSpec } from "../support/classifier.ts";
import { SERVES_MANY } from "../support/context.ts";
import { scratchFolder, write } from "../support/models.ts";
import { type GraphSpec, writeOnnx } from "../support/onnx-writer.ts";
import { type Metadata, serve } from "./support/serve.ts";

const folder = scratchFolder();

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
