import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { type AnyPredictor, definePredictor, type LogLevel } from "@tricast/core";
import { createService, type InferenceResponse, LOCAL } from "@tricast/core/adapter";
import { executionStats, type OnnxModel, type OnnxOptions, onnx } from "../../src/index.ts";
import type { AnyLoadedModel } from "../../src/model.ts";
import { zeroCode } from "../../src/zero-code/zero-code.ts";
import { serverOpener } from "../execution/support/executed.ts";
import { embedding, sideBySide } from "../support/embedding.ts";
import { scratchFolder, write } from "../support/models.ts";
import { type GraphSpec, writeOnnx } from "../support/onnx-writer.ts";

const folder = scratchFolder();
let written = 0;

interface Answer {
  readonly status: number;
  readonly json: { readonly code?: string; readonly detail?: string; readonly errors?: unknown };
  readonly text: string;
  readonly lines: readonly string[];
}

function serve(bytes: Uint8Array, definition: Partial<AnyPredictor["definition"]> = {}, options?: OnnxOptions) {
  const path = write(folder, `served-${written++}.onnx`, bytes);
  const predictor = definePredictor({ name: "graph", model: onnx(path, options), ...definition } as never);
  const service = createService(predictor as AnyPredictor);
  after(() => service.close());
  return async (body: string | Uint8Array, type = "application/json"): Promise<Answer> => {
    const request = { method: "POST", path: "/predict", query: "", headers: { "content-type": type }, body };
    const lines: string[] = [];
    const log = (_level: LogLevel, line: string): void => void lines.push(line);
    const answer: InferenceResponse = await service.handle(request, {
      id: "1",
      platform: "local",
      native: undefined,
      log,
    });
    const text = String(answer.body);
    return { status: answer.status, json: text.startsWith("{") ? JSON.parse(text) : {}, text, lines };
  };
}

const RANGE = "indices element out of data bounds, idx=99 must be within the inclusive range [-10,9]";
const GATHER = `the model cannot compute with these values, at its operator Gather: ${RANGE}`;
const LONG =
  "the model cannot compute with these values, at its operator Add: Attempting to broadcast an axis by a dimension other than 1. 8 by 600";
const ids = (...tokens: number[]) => new Uint8Array(BigInt64Array.from(tokens, BigInt).buffer);

describe("values that a graph without code cannot compute with are the client's error", () => {
  const post = serve(embedding());

  const BODIES: readonly (readonly [
    what: string,
    body: string | Uint8Array,
    type: string,
    pointer: string,
    message: string,
  ])[] = [
    ["a token out of range, as one row", "[1,99]", "application/json", "", GATHER],
    ["a token out of range, by name", '{"tokens":[[1,2],[3,99]]}', "application/json", "", GATHER],
    ["more tokens than places", JSON.stringify([new Array(600).fill(1)]), "application/json", "", LONG],
    ["a bad instance", '{"instances":[[1,2],[1,99],[3,4]]}', "application/json", "/instances/1", GATHER],
    [
      "a bad instance of another length",
      '{"instances":[[1,2],[99],[3,4]]}',
      "application/json",
      "/instances/1",
      GATHER,
    ],
    ["CSV", "1,2\n1,99\n", "text/csv", "/1", GATHER],
    ["NDJSON", "[1,2]\n[1,99]\n", "application/x-ndjson", "/1", GATHER],
  ];

  for (const [what, body, type, pointer, message] of BODIES) {
    test(`${what}`, async () => {
      const { status, json, text } = await post(body, type);
      assert.deepEqual([status, json.code, json.errors], [422, "invalid-tensor", [{ pointer, message }]], text);
      assert.ok(json.detail?.endsWith(message), json.detail);
      assert.doesNotMatch(text, /bob|\/work|\/tmp|onnxruntime|\.cc|\.h:|::|0x/);
      assert.equal((await post("[1,2]")).text, '{"sum":[10,21]}');
    });
  }

  test("every bad instance of a request, in order", async () => {
    const { json } = await post('{"instances":[[99],[1,99],[1],[2,99]]}');
    const pointers = (json.errors as { readonly pointer: string }[]).map(({ pointer }) => pointer);
    assert.deepEqual(pointers, ["/instances/0", "/instances/1", "/instances/3"]);
  });

  test("bytes", async () => {
    const bytes = serve(
      writeOnnx({
        nodes: [{ op: "Gather", inputs: ["table", "x"], outputs: ["y"] }],
        inputs: [{ name: "x", type: "int64", shape: ["N"] }],
        outputs: [{ name: "y", type: "float32", shape: ["N"] }],
        initializers: [{ name: "table", dims: [3], type: "float32", data: [5, 6, 7] }],
      }),
    );
    assert.equal((await bytes(ids(2, 0), "application/octet-stream")).text, '{"y":[7,5]}');
    const bad = await bytes(ids(2, 3), "application/octet-stream");
    assert.deepEqual([bad.status, bad.json.code], [422, "invalid-tensor"]);
  });

  test("rows of two inputs that differ in number", async () => {
    const both = serve(sideBySide());
    assert.equal((await both('{"a":[[1,2]],"b":[[3]]}')).text, '{"y":[[1,2,3]]}');
    const { status, json } = await both('{"a":[[1,2],[3,4]],"b":[[5]]}');
    assert.deepEqual([status, json.code], [422, "invalid-tensor"]);
    assert.match(json.detail ?? "", /operator Concat: .*mismatched dimensions of 1 and 2/);
  });

  test("a text that is not a number", async () => {
    const cast = serve(
      writeOnnx({
        nodes: [{ op: "Cast", inputs: ["x"], outputs: ["y"], attributes: { to: 1 } }],
        inputs: [{ name: "x", type: "string", shape: ["N"] }],
        outputs: [{ name: "y", type: "float32", shape: ["N"] }],
      }),
      { examples: [["1"]] },
    );
    for (const text of ["many", "std::bad_alloc", "out of memory"]) {
      const { status, json } = await cast(JSON.stringify([text]));
      assert.deepEqual([status, json.code], [422, "invalid-tensor"]);
      assert.match(json.detail ?? "", /operator Cast: a text is not a number/);
    }
  });

  test("the log gets the runtime's own text, or nothing", async () => {
    const { lines } = await post("[1,99]");
    for (const line of lines) assert.doesNotMatch(line, /"level":"error"/);
  });
});

describe("a failure that values do not cause is the server's", () => {
  test("a graph whose own index is out of range, beside operators that depend on the input", async () => {
    const graph: GraphSpec = {
      nodes: [
        { op: "Gather", name: "own", inputs: ["table", "index"], outputs: ["g"] },
        { op: "Mul", inputs: ["x", "g"], outputs: ["y"] },
      ],
      inputs: [{ name: "x", type: "float32", shape: ["N", 1] }],
      outputs: [{ name: "y", type: "float32", shape: ["N", 1] }],
      initializers: [
        { name: "table", dims: [3], type: "float32", data: [5, 6, 7] },
        { name: "index", dims: [1], type: "int64", data: [7] },
      ],
    };
    const model = onnx(write(folder, "own.onnx", writeOnnx(graph))).load(contextOf()) as AnyLoadedModel;
    after(() => model.close());
    const signal = new AbortController().signal;
    const service = zeroCode(model);
    const parsed = await service.input["~standard"].validate([[1]]);
    assert.ok(parsed.issues === undefined);
    await assert.rejects(async () => service.predict(parsed.value, { signal }), { code: "predict-failed" });
    await assert.rejects(service.predictBatch([[1], [2]], { signal }), { code: "predict-failed" });
    const x = { name: "x", datatype: "FP32", shape: [1, 1], data: Float32Array.of(1) };
    await assert.rejects(service.infer([x], undefined, { signal }), { code: "predict-failed" });
  });

  test("memory", async () => {
    const post = serve(
      writeOnnx({
        nodes: [{ op: "ConstantOfShape", inputs: ["x"], outputs: ["y"] }],
        inputs: [{ name: "x", type: "int64", shape: [1] }],
        outputs: [{ name: "y", type: "float32", shape: ["N"] }],
      }),
    );
    const { status, json, text } = await post(`[${2 ** 45}]`);
    assert.deepEqual([status, json.code, json.detail], [500, "predict-failed", undefined]);
    assert.doesNotMatch(text, /memory|arena/);
    assert.equal((await post("[-2]")).status, 422);
  });

  test("values that a predictor with code makes", async () => {
    const post = serve(embedding(), {
      examples: [[1]],
      predict: async (tokens: unknown, { model }: { readonly model: OnnxModel }) =>
        (await model.run({ tokens: [tokens] as never })).sum?.toJSON(),
    } as never);
    assert.equal((await post("[1,2]")).text, "[[10,21]]");
    const { status, json } = await post("[1,99]");
    assert.deepEqual([status, json.code, json.detail], [500, "predict-failed", undefined]);
  });
});

describe("in shared runs, a client with bad values does not spoil the answers of others", () => {
  const open = serverOpener();
  const WAYS: readonly OnnxOptions[] = [
    { execution: { mode: "inline", maxBatchRows: 16 } },
    { execution: { workers: 1, maxBatchRows: 16 } },
  ];
  for (const options of WAYS) {
    test(`${JSON.stringify(options.execution)}`, async () => {
      const { model } = await open(embedding(), options);
      const service = zeroCode(model as AnyLoadedModel);
      const signal = new AbortController().signal;
      const ask = async (tokens: readonly number[]): Promise<unknown> => {
        const parsed = await service.input["~standard"].validate([tokens]);
        assert.ok(parsed.issues === undefined);
        return service.predict(parsed.value, { signal });
      };
      await ask([1, 2]);
      const before = executionStats(model)!;
      const asked = Array.from({ length: 12 }, (_, at) => (at % 3 === 1 ? [at % 10, 99] : [at % 10, 1]));
      const results = await Promise.allSettled(asked.map(ask));
      for (const [at, result] of results.entries()) {
        if (at % 3 !== 1) {
          assert.deepEqual(result, { status: "fulfilled", value: { sum: [[10 * (at % 10), 11]] } });
          continue;
        }
        assert.ok(result.status === "rejected");
        assert.deepEqual([result.reason.code, result.reason.message], ["invalid-tensor", GATHER]);
      }
      assert.ok(executionStats(model)!.splitBatches > before.splitBatches, "no run was shared");
    });
  }
});

function contextOf() {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  return { predictor: "test", model: "model", platform: LOCAL, log };
}
