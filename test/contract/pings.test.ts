import assert from "node:assert/strict";
import { after } from "node:test";
import { definePredictor, PING_SHAPES, type WarmupOptions } from "@tricast/core";
import type { WireRequest } from "../events/event-source.ts";
import { fleet } from "./support/fleet.ts";
import { assertLikeCore } from "./support/reference.ts";
import { get, headerOf, JSON_TYPE, jsonOf, post, request, wireText } from "./support/requests.ts";

const SECRET = "ping-secret-1";
process.env.TRICAST_WARMUP_SECRET = SECRET;
after(() => delete process.env.TRICAST_WARMUP_SECRET);

const HOLD_MS = 60;

/** Counts what reaches `predict` and how often the model is loaded. It has no example, which warming would predict. */
function counting(warmup: WarmupOptions = { holdMs: HOLD_MS }) {
  const counts = { predicted: 0, loaded: 0 };
  const predictor = definePredictor({
    name: "counting",
    warmup,
    async load() {
      counts.loaded++;
      return {};
    },
    predict(input: unknown) {
      counts.predicted++;
      return { input };
    },
  });
  return { predictor, counts };
}

const { each } = fleet(() => counting());

const ping = (part: Partial<WireRequest> = {}, more: WireRequest["headers"] = []): WireRequest =>
  request({ headers: [["X-Tricast-Warmup", SECRET], ...more], ...part });

each("a ping with the secret warms and answers a report, on any route and by any method", async ({ subject, send }) => {
  for (const part of [
    {},
    { target: "/" },
    { method: "GET", target: "/health" },
    { method: "GET", target: "/nowhere" },
  ]) {
    const response = await send(ping(part));
    assert.equal(response.status, 200);
    assert.equal(headerOf(response, "content-type"), "application/json");
    const { timings, instance, coldStart, ...report } = jsonOf(response);
    assert.deepEqual(report, {
      warmed: true,
      kind: "http",
      predictor: "counting",
      state: "ready",
      initializationType: "on-demand",
    });
    assert.match(String(instance), /^[a-z0-9]{16}$/);
    assert.equal(typeof coldStart, "boolean");
    assert.deepEqual(Object.keys(timings as object), ["loadMs", "warmMs", "heldMs"]);
    assert.ok(!wireText(response).includes(SECRET));
  }
  assert.deepEqual(subject.counts, { predicted: 0, loaded: 1 });
});

each("a ping's body is never predicted, whatever it is", async ({ subject, send }) => {
  const before = subject.counts.predicted;
  for (const body of ['{"a":1}', "{", "\u0000\u00ff"]) {
    assert.equal((await send(ping({ body: Buffer.from(body) }))).status, 200);
  }
  assert.equal(subject.counts.predicted, before);
});

each("pings in parallel hold their instance side by side, load once, and answer each", async ({ subject, send }) => {
  const began = performance.now();
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => send(ping({}, [["x-tricast-warmup-concurrency", "20"]]))),
  );
  const took = performance.now() - began;
  for (const response of responses) {
    assert.equal(response.status, 200);
    assert.equal((jsonOf(response).timings as { heldMs: number }).heldMs, HOLD_MS);
  }
  assert.ok(took >= HOLD_MS - 5, `answered after ${took} ms, without holding`);
  assert.ok(took < 20 * HOLD_MS, `${took} ms: one after the other`);
  assert.equal(subject.counts.loaded, 1);
});

each("without the right secret it is traffic, with the core's own answer", async (instance) => {
  const { counts, predictor } = instance.subject;
  for (const wrong of ["ping-secret-2", "PING-SECRET-1", "", "ping-secret-1x", "ping-secret-"]) {
    const before = counts.predicted;
    const wire = post({ a: 1 }, { headers: [...JSON_TYPE, ["x-tricast-warmup", wrong]] });
    assert.equal((await instance.send(wire)).status, 200);
    assert.equal(counts.predicted, before + 1, `${JSON.stringify(wrong)} warmed`);
    await assertLikeCore(instance, predictor, wire);
  }
});

each("with no secret set nothing is a ping, not even an empty header", async ({ subject, send }) => {
  delete process.env.TRICAST_WARMUP_SECRET;
  try {
    for (const value of ["", "undefined", SECRET]) {
      const before = subject.counts.predicted;
      await send(post({}, { headers: [...JSON_TYPE, ["x-tricast-warmup", value]] }));
      assert.equal(subject.counts.predicted, before + 1);
    }
  } finally {
    process.env.TRICAST_WARMUP_SECRET = SECRET;
  }
});

assert.ok(PING_SHAPES.length >= 7);

for (const { kind, sample } of PING_SHAPES) {
  each(`the body of ${kind}'s ping is traffic over HTTP`, async (instance) => {
    const { counts, predictor } = instance.subject;
    for (const body of [sample, [sample]]) {
      const before = counts.predicted;
      const response = await instance.send(post(JSON.stringify(body)));
      assert.deepEqual(jsonOf(response), { input: body });
      assert.equal(counts.predicted, before + 1);
      await assertLikeCore(instance, predictor, post(JSON.stringify(body)));
    }
  });
}

const SCHEDULER: WireRequest["headers"] = [
  ["User-Agent", "Google-Cloud-Scheduler"],
  ["X-CloudScheduler", "true"],
  ["X-CloudScheduler-JobName", "warm-iris"],
  ["X-CloudScheduler-ScheduleTime", "2026-03-10T05:16:23Z"],
];

each("Cloud Scheduler's headers alone are traffic, for anyone can send them", async ({ subject, send }) => {
  const before = subject.counts.predicted;
  assert.deepEqual(jsonOf(await send(post({ a: 1 }, { headers: [...JSON_TYPE, ...SCHEDULER] }))), { input: { a: 1 } });
  assert.equal(subject.counts.predicted, before + 1);
});

fleet(() => counting({ http: "platform" })).each(
  "Cloud Scheduler's headers are a ping where the predictor trusts the platform, and the secret still counts",
  async ({ subject, send }) => {
    for (const body of [new Uint8Array(), Buffer.from("{}")]) {
      const response = await send(
        request({ headers: [...SCHEDULER, ["content-type", "application/octet-stream"]], body }),
      );
      assert.deepEqual([response.status, jsonOf(response).kind], [200, "cloud-scheduler"]);
    }
    assert.equal(jsonOf(await send(ping())).kind, "http");
    assert.equal(subject.counts.predicted, 0);
  },
);

fleet(() => ({
  predictor: definePredictor({
    name: "broken",
    load(): object {
      throw new Error("the password is hunter2");
    },
    predict: () => 1,
  }),
})).each("a ping of a model that cannot load is a 503 whose report says why", async ({ send }) => {
  const response = await send(ping());
  assert.equal(response.status, 503);
  const { state, code, warmed } = jsonOf(response);
  assert.deepEqual({ state, code, warmed }, { state: "failed", code: "model-load-failed", warmed: true });
  assert.ok(!wireText(response).includes("hunter2"));
  assert.equal((await send(get("/health"))).status, 200);
});
