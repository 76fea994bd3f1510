import assert from "node:assert/strict";
import { after, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService, type InferenceResponse } from "@tricast/core/adapter";
import { onnx } from "../src/index.ts";
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
