import assert from "node:assert/strict";
import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import { embedding } from "../../packages/onnx/test/support/embedding.ts";
import { scratchFolder, write } from "../../packages/onnx/test/support/models.ts";
import { assertLikeCore, headerOf, jsonOf, post, wireText } from "./support/core-testing.ts";
import { fleet } from "./support/fleet.ts";

const IRIS = new URL("../../handlers/iris/iris.onnx", import.meta.url);

/** A graph that serves itself: what the model's own inputs refuse. */
const { each } = fleet(() => ({ predictor: definePredictor({ name: "graph", model: onnx(IRIS.href) }) }));
const GOOD_TENSOR = post({ features: [[5.1, 3.5, 1.4, 0.2]] });

const BY_TENSOR: Readonly<Record<string, unknown>> = {
  "a wrong length": { features: [[5.1, 3.5, 1.4]] },
  "a ragged shape": {
    features: [
      [1, 2, 3, 4],
      [1, 2, 3],
    ],
  },
  "too many dimensions": { features: [[[[1, 2, 3, 4]]]] },
  "text for numbers": { features: [["a", "b", "c", "d"]] },
  "truth for numbers": { features: [[{}, null, [], 1]] },
  "a number too large for the type": { features: [[1e300, 1, 1, 1]] },
  "an unknown input": { feature: [[1, 2, 3, 4]] },
  "no input": {},
  "something else altogether": '"iris"',
  "several wrong instances": { instances: [[1, 2, 3, 4], [1, 2], { features: "x" }] },
};

for (const [what, body] of Object.entries(BY_TENSOR)) {
  each(`invalid-tensor: ${what}`, async (instance) => {
    const { predictor } = instance.subject;
    const response = await assertLikeCore(instance, predictor, post(body), what);
    assert.equal(response.status, 422);
    assert.equal(headerOf(response, "content-type"), "application/problem+json");
    assert.deepEqual([jsonOf(response).code, jsonOf(response).status], ["invalid-tensor", 422]);
    assert.doesNotMatch(
      wireText(response),
      /\/work\/|node_modules|\.ts:\d|\bat [\w.<>]+ \(/,
      "a stack is in the response",
    );
    assert.equal((await assertLikeCore(instance, predictor, GOOD_TENSOR, "the next request")).status, 200);
  });
}

const EMBEDDING = write(scratchFolder(), "embedding.onnx", embedding());
/** A graph whose operators refuse values that its shapes and types allow. */
const tokens = fleet(() => ({ predictor: definePredictor({ name: "tokens", model: onnx(EMBEDDING) }) }));

const BY_OPERATOR: Readonly<Record<string, readonly [body: unknown, pointer: string]>> = {
  "a token out of range": [{ tokens: [[1, 99]] }, ""],
  "600 tokens for 8 places": [{ tokens: [new Array(600).fill(1)] }, ""],
  "a bad instance": [{ instances: [[1], [99], [2]] }, "/instances/1"],
};

for (const [what, [body, pointer]] of Object.entries(BY_OPERATOR)) {
  tokens.each(`invalid-tensor of an operator: ${what}`, async (instance) => {
    const { predictor } = instance.subject;
    const response = await assertLikeCore(instance, predictor, post(body), what);
    const { code, errors } = jsonOf(response) as { code: string; errors: readonly { readonly pointer: string }[] };
    assert.deepEqual([response.status, code, errors.map((error) => error.pointer)], [422, "invalid-tensor", [pointer]]);
    assert.doesNotMatch(wireText(response), /bob|\/work\/|\/tmp\/|onnxruntime|\.(cc|h):\d|::/);
    assert.equal((await assertLikeCore(instance, predictor, post({ tokens: [[1]] }), "the next")).status, 200);
  });
}
