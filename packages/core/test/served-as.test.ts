import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService, servedAs } from "@tricast/core/adapter";

test("a predictor is served under another name, with all members of its definition", async () => {
  class Definition {
    readonly name = "own";
    readonly version = "3";
    get factor() {
      return 2;
    }
    predict(input: { value: number }) {
      return { value: input.value * this.factor };
    }
  }
  const definition = new Definition();
  const own = definePredictor(definition as never);
  const predictor = servedAs(own, "my modèle");
  const service = createService(predictor);
  assert.deepEqual([service.name, (await service.describe()).name], ["my modèle", "my modèle"]);
  const request = { method: "POST", path: "/predict", query: "", headers: {}, body: '{"value":4}' };
  const { status, body } = await service.handle(request, { id: "1", platform: "test", native: undefined });
  assert.deepEqual([status, JSON.parse(String(body))], [200, { value: 8 }]);
  assert.deepEqual([own.definition.name, definition.name], ["own", "own"]);
  await service.close();
});
