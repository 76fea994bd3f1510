import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { get, post, until } from "./support/calls.ts";
import { gated } from "./support/gate.ts";
import { start } from "./support/start.ts";
import { openWire, postText } from "./support/wire.ts";

const metric = async (origin: string, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)$`, "m").exec((await get(origin, "/metrics")).text)?.[1]);

describe("admission", () => {
  test("one request more than fits is a 429 that says when to come back, and the rest are answered", async (t) => {
    const gate = gated();
    const { origin } = await start(t, gate.predictor, { maxInFlight: 2, maxQueue: 1 });
    const held = [1, 2, 3].map((value) => post(origin, "/predict", { wait: true, value }));
    await gate.reached(2);
    await until("the third waits", async () => (await metric(origin, "tricast_queue_length")) === 1);
    const refused = await post(origin, "/predict", {});
    assert.deepEqual([refused.status, refused.body.code], [429, "overloaded"]);
    assert.match(refused.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
    const v2 = await post(origin, "/score", {});
    assert.deepEqual([v2.status, v2.body.code, typeof v2.body.error], [429, "overloaded", "string"]);
    assert.equal(gate.begun, 2);
    gate.open();
    await gate.reached(3);
    gate.open();
    assert.deepEqual(
      (await Promise.all(held)).map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(await metric(origin, "tricast_requests_in_flight"), 0);
    assert.equal((await post(origin, "/predict", { value: 4 })).status, 200);
  });

  test("a body that is still on its way holds neither a place nor room in the queue", async (t) => {
    const gate = gated();
    const { origin, port } = await start(t, gate.predictor, { maxInFlight: 1, maxQueue: 0 });
    const slow = openWire(port);
    slow.write("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 11\r\n");
    slow.write("expect: 100-continue\r\n\r\n");
    await slow.until("100 Continue");
    const held = post(origin, "/predict", { wait: true });
    await gate.reached(1);
    slow.write('{"value":1}');
    await slow.until("HTTP/1.1 429 ");
    gate.open();
    assert.equal((await held).status, 200);
    slow.socket.destroy();
  });

  test("a client that goes away leaves the queue, and its request is never begun", async (t) => {
    const gate = gated();
    const { origin } = await start(t, gate.predictor, { maxInFlight: 1, maxQueue: 5 });
    const first = post(origin, "/predict", { wait: true });
    await gate.reached(1);
    const leaving = new AbortController();
    const gone = post(origin, "/predict", { value: "gone" }, { signal: leaving.signal }).catch(() => "gone");
    await until("it waits", async () => (await metric(origin, "tricast_queue_length")) === 1);
    leaving.abort();
    assert.equal(await gone, "gone");
    await until("it has left", async () => (await metric(origin, "tricast_queue_length")) === 0);
    gate.open();
    assert.equal((await first).status, 200);
    assert.equal((await post(origin, "/predict", {})).status, 200);
    assert.equal(gate.begun, 2);
  });

  test("a client that goes away aborts its prediction", async (t) => {
    const gate = gated();
    const { port } = await start(t, gate.predictor);
    const wire = openWire(port);
    wire.write(postText("/predict", '{"wait":true}'));
    await gate.reached(1);
    wire.socket.destroy();
    await until("its abort", () => gate.aborted.length === 1);
    assert.deepEqual(gate.aborted, ["request-cancelled"]);
  });

  test("a late prediction is ended, and its place is free again", async (t) => {
    const gate = gated();
    const { origin } = await start(t, gate.predictor, { maxInFlight: 1, requestTimeoutMs: 1_500 });
    const first = post(origin, "/predict", { wait: true });
    await gate.reached(1);
    const late = await first;
    assert.deepEqual([late.status, late.body.code], [504, "deadline-exceeded"]);
    assert.deepEqual(gate.aborted, ["deadline-exceeded"]);
    assert.equal((await post(origin, "/predict", {})).status, 200);
  });
});

describe("health", () => {
  test("answers while every place and the whole queue are taken", async (t) => {
    const gate = gated();
    const { origin } = await start(t, gate.predictor, { maxInFlight: 1, maxQueue: 1, apiKeys: ["k"] });
    const headers = { "x-api-key": "k" };
    const held = [1, 2].map(() => post(origin, "/predict", { wait: true }, { headers }));
    await gate.reached(1);
    await until("one waits", async () => (await metric(origin, "tricast_queue_length")) === 1);
    for (const path of ["/health", "/live", "/ready", "/metrics", "/ping", "/v2/health/live", "/v2/health/ready"])
      assert.equal((await get(origin, path)).status, 200, path);
    gate.open();
    await gate.reached(2);
    gate.open();
    for (const { status } of await Promise.all(held)) assert.equal(status, 200);
  });

  test("is not ready until the model has predicted every example, and alive before", async (t) => {
    let warm: () => void = () => {};
    const opened = new Promise<void>((resolve) => {
      warm = resolve;
    });
    const slow = definePredictor({
      name: "slow",
      load: () => ({}),
      examples: [1, 2],
      predict: async (value: number) => (value === 2 ? opened.then(() => 1) : 1),
    });
    const { origin } = await start(t, slow);
    for (const [path, status] of [
      ["/ready", 503],
      ["/v2/health/ready", 503],
      ["/ping", 503],
      ["/health", 200],
      ["/live", 200],
    ] as const)
      assert.equal((await get(origin, path)).status, status, path);
    warm();
    await until("ready", async () => (await get(origin, "/ready")).status === 200);
    assert.equal((await get(origin, "/ping")).status, 200);
  });

  test("a model that failed is loaded again when a probe asks", async (t) => {
    let attempts = 0;
    const shaky = definePredictor({
      name: "shaky",
      load: async () => {
        if (++attempts === 1) throw new Error("not yet");
        return {};
      },
      predict: () => 1,
    });
    const other = definePredictor({ name: "other", load: () => ({}), predict: () => 1 });
    const { origin } = await start(t, [shaky, other]);
    assert.equal((await get(origin, "/ready")).status, 503);
    await until("ready", async () => (await get(origin, "/ready")).status === 200);
    assert.equal(attempts, 2);
    assert.match((await get(origin, "/metrics")).text, /model_loads_total\{model="shaky",outcome="failed"\} 1/);
    assert.match((await get(origin, "/metrics")).text, /model_loads_total\{model="shaky",outcome="ready"\} 1/);
  });
});
