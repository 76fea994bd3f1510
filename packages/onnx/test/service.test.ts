import assert from "node:assert/strict";
import { after, test } from "node:test";
import { definePredictor, type LogLevel } from "@tricast/core";
import { createService, type InferenceResponse } from "@tricast/core/adapter";
import { type OnnxModel, onnx, Tensor } from "../src/index.ts";
import { scratchFolder, write } from "./support/models.ts";
import { identity } from "./support/onnx-writer.ts";

const path = write(scratchFolder(), "pairs.onnx", identity("int64", ["N", 2]));
const service = createService(definePredictor({ name: "pairs", model: onnx(path) }));
after(() => service.close());

function post(body: string | Uint8Array, contentType = "application/json"): Promise<InferenceResponse> {
  const request = { method: "POST", path: "/predict", query: "", headers: { "content-type": contentType }, body };
  return service.handle(request, { id: "1", platform: "local", native: undefined, log: () => {} });
}

const ANSWERS: readonly (readonly [what: string, body: string | Uint8Array, type: string, answer: string])[] = [
  [
    "the tensor by name, every digit kept",
    '{"x":[[1,9223372036854775807]]}',
    "application/json",
    '{"y":[[1,9223372036854775807]]}',
  ],
  ["one row", "[1,2]", "application/json", '{"y":[1,2]}'],
  [
    "instances",
    '{"instances":[[1,2],[3,"-9007199254740993"]]}',
    "application/json",
    '{"predictions":[{"y":[1,2]},{"y":[3,-9007199254740993]}]}',
  ],
  ["CSV", "1,2\n3,9223372036854775806\n", "text/csv", '{"predictions":[{"y":[1,2]},{"y":[3,9223372036854775806]}]}'],
  ["NDJSON", "[1,2]\n[3,4]\n", "application/x-ndjson", '{"y":[1,2]}\n{"y":[3,4]}\n'],
  ["bytes", new Uint8Array(BigInt64Array.of(5n, 6n, 7n, 8n).buffer), "application/octet-stream", '{"y":[[5,6],[7,8]]}'],
];

for (const [what, body, type, answer] of ANSWERS) {
  test(`a graph without predict answers ${what}`, async () => {
    const response = await post(body, type);
    assert.deepEqual([response.status, String(response.body)], [200, answer]);
  });
}

test("a wrong instance is an invalid-tensor problem with the pointer into the body", async () => {
  const response = await post('{"instances":[[1,2],[3,4.5]]}');
  const problem = JSON.parse(String(response.body));
  assert.equal(response.status, 422);
  assert.equal(problem.code, "invalid-tensor");
  assert.deepEqual(problem.errors, [{ pointer: "/instances/1/1", message: "expected an integer (int64), got 4.5" }]);
});

const SLIPS: Record<string, (model: OnnxModel) => Promise<unknown>> = {
  "an input that the model does not have": (model) => model.run({ agee: [[1, 2]] }),
  "a shape that does not fit": (model) => model.run({ x: [[1, 2, 3]] }),
  "a value out of range": (model) => model.run({ x: [[1, 2.5]] }),
  "a tensor whose data does not fit its shape": async () => new Tensor("int64", BigInt64Array.of(1n), [1, 2]),
};

for (const [what, slip] of Object.entries(SLIPS)) {
  test(`a predictor that gives the model ${what} is at fault, not the client`, async () => {
    const predictor = definePredictor({ name: "slip", model: onnx(path), predict: (_input, { model }) => slip(model) });
    const own = createService(predictor);
    const lines: string[] = [];
    const request = { method: "POST", path: "/predict", query: "", headers: {}, body: '{"age":1}' };
    const log = (_level: LogLevel, line: string): void => void lines.push(line);
    const response = await own.handle(request, { id: "1", platform: "local", native: undefined, log });
    const { code, detail } = JSON.parse(String(response.body));
    assert.deepEqual([response.status, code, detail], [500, "predict-failed", undefined]);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /predict passed a model an input that does not fit it/);
    await own.close();
  });
}
