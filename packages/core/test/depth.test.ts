import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePredictor, TricastError } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import * as v from "valibot";
import { blameDepth } from "../src/body/depth.ts";
import { parseJson } from "../src/body/json.ts";
import { jsonOf, post } from "./support/calls.ts";

const LEVELS = 100_000;
const LISTS = `${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}`;
const OBJECTS = `${'{"a":'.repeat(LEVELS)}1${"}".repeat(LEVELS)}`;

interface Nested {
  readonly a: Nested | number;
}

const nested: v.GenericSchema<Nested> = v.object({ a: v.union([v.number(), v.lazy(() => nested)]) });

/** Who meets the end of the stack. */
const WALKERS = {
  "the encoder": definePredictor({ name: "echo", predict: (input: unknown) => input }),
  "the predictor": definePredictor({ name: "walks", predict: (input: unknown) => JSON.stringify(input).length }),
  "the predictor, later": definePredictor({ name: "later", predict: async (input: unknown) => JSON.stringify(input) }),
  "a predictor of batches": definePredictor({ name: "batch", predictBatch: (inputs: readonly unknown[]) => inputs }),
  "the schema": definePredictor({ name: "schema", input: nested, predict: () => 1 }),
};

describe("a body that is nested without end", () => {
  for (const [walker, predictor] of Object.entries(WALKERS)) {
    test(`is the client's error where ${walker} meets it`, async () => {
      const service = createService(predictor);
      for (const body of [OBJECTS, `{"instances":[${OBJECTS}]}`, `{"a":${OBJECTS},"b":[1,{"c":2}]}`]) {
        const response = await post(service, body);
        assert.equal(response.status, 400);
        assert.equal(jsonOf(response).code, "invalid-json");
        assert.match(String(jsonOf(response).detail), /nests more than 1000 lists and objects/);
      }
    });
  }

  test("is the client's error in a call of a protocol, too", async () => {
    const service = createService(WALKERS["the predictor"]);
    const request = { method: "POST", path: "/", query: "", headers: {}, body: undefined };
    const invocation = { id: "1", platform: "server", native: undefined } as const;
    const input: unknown = JSON.parse(LISTS);
    for (const call of [{ kind: "one", input } as const, { kind: "many", inputs: [input], pointer: "" } as const])
      await assert.rejects(service.call(call, request, invocation), { code: "invalid-json" });
  });

  test("is the client's error where digits are kept, which the parser does by calls", () => {
    assert.throws(() => parseJson(`[9007199254740993,${LISTS}]`, true), {
      code: "invalid-json",
      message: /nests more than/,
    });
  });
});

test("the end of the stack over an input of a thousand levels is nobody's but the predictor's", async () => {
  const forever = (): number => forever() + 1;
  const service = createService(definePredictor({ name: "forever", predict: forever }));
  const body = `${"[".repeat(1000)}${"]".repeat(1000)}`;
  for (const sent of ["1", '{"a":[[1]]}', body]) assert.equal(jsonOf(await post(service, sent)).code, "predict-failed");
});

test("errors that are not of the stack are left as they are, however deep the input", () => {
  const error = new TricastError("predict-failed", "no", { cause: new RangeError("Invalid array length") });
  assert.equal(blameDepth(error, { input: JSON.parse(LISTS) as unknown }), error);
});
