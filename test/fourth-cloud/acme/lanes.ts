import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor } from "@tricast/core";
import { bind, createService } from "@tricast/core/adapter";
import { executionStats, onnx } from "@tricast/onnx";
import { acme } from "./acme.ts";
import { adapter } from "./adapter.ts";
import type { AcmeContext, AcmeEvent, AcmeReply } from "./events.ts";

type Handler = (event: AcmeEvent, context: AcmeContext) => Promise<AcmeReply>;

/** Answers how its model is executed. */
const predictor = () =>
  definePredictor({
    name: "tiny",
    model: onnx("./tiny.onnx"),
    examples: [{ x: [1, 2] }],
    async predict({ x }: { x: number[] }, { model }) {
      const { y } = await model.run({ x: [x] });
      return { y: y?.toArray(), stats: executionStats(model) ?? null };
    },
  });

async function ask(handler: Handler) {
  const event = { verb: "POST", path: "/predict", headers: [], body: btoa('{"x":[1,2]}') };
  const { code, body } = await handler(event, { call: "acme-0", msLeft: () => 10_000 });
  assert.ok(typeof body === "string");
  assert.equal(code, 200, atob(body));
  return JSON.parse(atob(body));
}

test("a model runs in lanes, because an instance serves many requests", async () => {
  const { y, stats } = await ask(acme(predictor()));
  assert.deepEqual(y, [[2, 4]]);
  assert.ok(stats !== null, "the model runs as it is called");
  assert.equal(stats.mode, "inline");
});

test("a model runs as it is called where an instance serves one request", async () => {
  const platform = { name: "acme" };
  const service = createService(predictor(), { platform });
  const { y, stats } = await ask(bind(service, { ...adapter, platform }));
  assert.deepEqual(y, [[2, 4]]);
  assert.equal(stats, null);
});
