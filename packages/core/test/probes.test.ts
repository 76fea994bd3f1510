import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService, type ModelSource } from "@tricast/core/adapter";
import { get, jsonOf, post } from "./support/calls.ts";
import { captureLines } from "./support/capture.ts";
import { gate, keptAlive, settle } from "./support/gate.ts";

test("health says the process lives, whatever the models do", async () => {
  const service = createService(definePredictor({ name: "a", load: () => new Promise(() => {}), predict: () => 1 }));
  const response = await get(service, "/health");
  assert.deepEqual([response.status, jsonOf(response)], [200, { status: "ok" }]);
});

test("ready is 503 until the models are, begins to load them, and then 200", async () => {
  const loading = gate<number>();
  let loads = 0;
  const service = createService(
    definePredictor({
      name: "a",
      load: () => {
        loads++;
        return loading.promise;
      },
      predict: () => 1,
    }),
  );
  const before = await get(service, "/ready");
  assert.deepEqual([before.status, jsonOf(before)], [503, { ready: false, state: "loading" }]);
  assert.equal(before.headers["retry-after"], "1");
  assert.equal(loads, 1);
  loading.open(1);
  await settle();
  const after = await get(service, "/ready");
  assert.deepEqual([after.status, jsonOf(after)], [200, { ready: true, state: "ready" }]);
});

test("an instance whose only visitor is the readiness probe recovers from a failed load", async () => {
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  let works = false;
  const service = createService(
    definePredictor({
      name: "a",
      load: async () => {
        if (!works) throw new Error("the bucket is down");
        return 1;
      },
      predict: () => 1,
    }),
  );
  await captureLines(() => service.start());
  const failed = await get(service, "/ready");
  assert.deepEqual(jsonOf(failed), { ready: false, state: "failed", code: "model-load-failed" });
  works = true;
  mock.timers.tick(500);
  await get(service, "/ready");
  await settle();
  assert.equal((await get(service, "/ready")).status, 200);
  mock.timers.reset();
});

test("a closing instance is not ready", async () => {
  const work = gate<number>();
  const service = createService(definePredictor({ name: "a", predict: () => work.promise }));
  const busy = post(service, 1);
  await settle();
  const closed = service.close();
  assert.equal((await get(service, "/ready")).status, 503);
  work.open(1);
  await busy;
  await closed;
  assert.deepEqual(jsonOf(await get(service, "/ready")), { ready: false, state: "closed" });
});

const described: ModelSource<string> = {
  uri: "memory",
  load: async () => "m",
  describe: (model) => ({
    platform: `runtime-${model}`,
    inputs: [{ name: "x", datatype: "FP32", shape: [-1, 4] }],
    outputs: [],
  }),
};

test("metadata describes the predictor and those of its models that can be described", async () => {
  const service = createService(
    definePredictor({
      name: "a",
      version: "2026-01",
      description: "what it does",
      model: described,
      models: { other: { uri: "memory", load: () => 1 } },
      predict: () => 1,
    }),
    { platform: { name: "server" } },
  );
  const response = await get(service, "/metadata");
  assert.equal(response.status, 200);
  const model = { platform: "runtime-m", inputs: [{ name: "x", datatype: "FP32", shape: [-1, 4] }], outputs: [] };
  assert.deepEqual(jsonOf(response), {
    name: "a",
    version: "2026-01",
    description: "what it does",
    platform: "server",
    state: "ready",
    models: { model },
  });
});

test("metadata of a predictor whose model fails says so, without the reason", async () => {
  const service = createService(
    definePredictor({
      name: "a",
      load: (): unknown => {
        throw new Error("secret");
      },
      predict: () => 1,
    }),
  );
  await captureLines(async () => {
    const response = await get(service, "/metadata");
    assert.deepEqual(jsonOf(response), {
      name: "a",
      version: "1",
      platform: "local",
      state: "failed",
      code: "model-load-failed",
      models: {},
    });
  });
});

test("metadata answers before the deadline while a model loads", async () => {
  const service = createService(
    definePredictor({ name: "a", limits: { timeoutMs: 30 }, load: () => new Promise(() => {}), predict: () => 1 }),
  );
  const response = await keptAlive(() => get(service, "/metadata"));
  assert.equal(jsonOf(response).state, "loading");
});

test("Server-Timing follows its grammar and tells the phases of the request", async () => {
  const service = createService(definePredictor({ name: "a", predict: (input: unknown) => input }));
  const METRIC = /^[!#$%&'*+.^_`|~0-9a-z-]+;dur=\d+(\.\d+)?$/i;
  const phases = async (body: unknown): Promise<string[]> => {
    const header = String((await post(service, body)).headers["server-timing"]);
    return header.split(", ").map((metric) => {
      assert.match(metric, METRIC);
      return metric.slice(0, metric.indexOf(";"));
    });
  };
  assert.deepEqual(await phases(1), ["load", "warm", "wait", "decode", "predict", "encode"]);
  assert.deepEqual(await phases(1), ["decode", "predict", "encode"]);
  assert.deepEqual(await phases({ instances: [1] }), ["decode", "predict", "encode"]);
  assert.equal((await post(service, "{")).headers["server-timing"], undefined);
});

test("Server-Timing counts the time that predict takes", async () => {
  const slow = createService(
    definePredictor({ name: "a", predict: () => new Promise((resolve) => setTimeout(resolve, 30, 1)) }),
  );
  await slow.start();
  const header = String((await post(slow, 1)).headers["server-timing"]);
  const predict = Number(/predict;dur=([\d.]+)/.exec(header)?.[1]);
  assert.ok(predict >= 29 && predict < 10_000, header);
});
