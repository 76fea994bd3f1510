import assert from "node:assert/strict";
import type { WarmupOptions } from "../../definition.ts";
import { definePredictor } from "../../predictor.ts";
import { PING_SHAPES } from "../../warmup/ping-shapes.ts";
import type { Host } from "../host.ts";
import { assertLikeCore } from "../reference.ts";
import { check, type Instance, type Subject, serve, withEnvironment } from "../suite.ts";
import { get, headerOf, JSON_TYPE, jsonOf, post, request, type WireRequest, wireText } from "../wire.ts";

const SECRET = "ping-secret-1";
const WRONG = ["ping-secret-2", "PING-SECRET-1", "", "ping-secret-1x", "ping-secret-"];
const HOLD_MS = 60;

export interface Counting extends Subject {
  readonly counts: { predicted: number; loaded: number };
}

/** Counts what reaches `predict` and how often the model is loaded. It has no example, which warming would predict. */
export function counting(warmup: WarmupOptions = { holdMs: HOLD_MS }): Counting {
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

/** A predictor whose model cannot be loaded. */
export const broken = definePredictor({
  name: "broken",
  load(): object {
    throw new Error("the password is hunter2");
  },
  predict: () => 1,
});

const SCHEDULER: WireRequest["headers"] = [
  ["User-Agent", "Google-Cloud-Scheduler"],
  ["X-CloudScheduler", "true"],
  ["X-CloudScheduler-JobName", "warm-iris"],
  ["X-CloudScheduler-ScheduleTime", "2026-03-10T05:16:23Z"],
];

/** A request with the secret. */
function pinging(part: Partial<WireRequest> = {}, more: WireRequest["headers"] = []): WireRequest {
  return request({ headers: [["X-Tricast-Warmup", SECRET], ...more], ...part });
}

function withWarmup(value: string): WireRequest {
  return post({ a: 1 }, { headers: [...JSON_TYPE, ["x-tricast-warmup", value]] });
}

async function assertTraffic(instance: Instance<Counting>, wire: WireRequest): Promise<void> {
  const { counts, predictor } = instance.subject;
  const before = counts.predicted;
  assert.equal((await instance.send(wire)).status, 200);
  assert.equal(counts.predicted, before + 1, `${JSON.stringify(wire.headers)} warmed`);
  await assertLikeCore(instance, predictor, wire);
}

export function httpPings(host: Host): void {
  withEnvironment({ TRICAST_WARMUP_SECRET: SECRET });
  const it = serve(host, () => counting());

  if (host.pings === "http") recognised(host, it);
  else
    it("the platform has no pings over HTTP: a request with the secret is traffic", (instance) =>
      assertTraffic(instance, withWarmup(SECRET)));

  it("without the right secret it is traffic, with the core's own response", async (instance) => {
    for (const wrong of WRONG) await assertTraffic(instance, withWarmup(wrong));
  });

  it("with no secret set nothing is a ping, not even an empty header", async (instance) => {
    delete process.env.TRICAST_WARMUP_SECRET;
    try {
      for (const value of ["", "undefined", SECRET]) await assertTraffic(instance, withWarmup(value));
    } finally {
      process.env.TRICAST_WARMUP_SECRET = SECRET;
    }
  });

  it("Cloud Scheduler's headers alone are traffic, for anyone can send them", (instance) =>
    assertTraffic(instance, post({ a: 1 }, { headers: [...JSON_TYPE, ...SCHEDULER] })));

  check("the table of pings is not empty", () => assert.ok(PING_SHAPES.length >= 7));
  for (const { kind, sample } of PING_SHAPES) {
    it(`the body of ${kind}'s ping is traffic over HTTP`, async (instance) => {
      for (const body of [sample, [sample]]) {
        await assertTraffic(instance, post(JSON.stringify(body)));
        assert.deepEqual(jsonOf(await instance.send(post(JSON.stringify(body)))), { input: body });
      }
    });
  }
}

function recognised(host: Host, it: ReturnType<typeof serve<Counting>>): void {
  it("a ping with the secret warms and gets a report, on any route and with any method", async ({ subject, send }) => {
    const read = ["/health", "/nowhere"].map((target) => ({ method: "GET", target }));
    for (const part of [{}, { target: "/" }, ...read]) {
      const response = await send(pinging(part));
      assert.equal(response.status, 200);
      assert.equal(headerOf(response, "content-type"), "application/json");
      assertReport(jsonOf(response), host);
      assert.ok(!wireText(response).includes(SECRET));
    }
    assert.deepEqual(subject.counts, { predicted: 0, loaded: 1 });
  });

  it("a ping's body is never predicted, whatever it is", async ({ subject, send }) => {
    const before = subject.counts.predicted;
    for (const body of ['{"a":1}', "{", "\u0000\u00ff"]) {
      assert.equal((await send(pinging({ body: Buffer.from(body) }))).status, 200);
    }
    assert.equal(subject.counts.predicted, before);
  });

  it("parallel pings hold their instance at the same time, load once, and are all answered", ({ send, subject }) =>
    assertHoldTogether(subject, HOLD_MS, async (concurrency) => {
      const response = await send(pinging({}, [["x-tricast-warmup-concurrency", String(concurrency)]]));
      assert.equal(response.status, 200);
      return jsonOf(response).timings;
    }));

  const trusting = serve(host, () => counting({ http: "platform" }));
  trusting(
    "Cloud Scheduler's headers are a ping where the predictor trusts the platform, and the secret still counts",
    async ({ send, subject }) => {
      const headers: WireRequest["headers"] = [...SCHEDULER, ["content-type", "application/octet-stream"]];
      for (const body of [new Uint8Array(), Buffer.from("{}")]) {
        const response = await send(request({ headers, body }));
        assert.deepEqual([response.status, jsonOf(response).kind], [200, "cloud-scheduler"]);
      }
      assert.equal(jsonOf(await send(pinging())).kind, "http");
      assert.equal(subject.counts.predicted, 0);
    },
  );

  const failing = serve(host, () => ({ predictor: broken }));
  failing("a ping of a model that cannot load is a 503 whose report says why", async ({ send }) => {
    const response = await send(pinging());
    assert.equal(response.status, 503);
    const { state, code, warmed } = jsonOf(response);
    assert.deepEqual({ state, code, warmed }, { state: "failed", code: "model-load-failed", warmed: true });
    assert.ok(!wireText(response).includes("hunter2"));
    assert.equal((await send(get("/health"))).status, 200);
  });
}

function assertReport(report: Record<string, unknown>, { platform }: Host): void {
  const { timings, instance, coldStart, ...rest } = report;
  assert.deepEqual(rest, {
    warmed: true,
    kind: "http",
    predictor: "counting",
    state: "ready",
    initializationType: platform.initializationType(),
  });
  assert.match(String(instance), /^[a-z0-9]{16}$/);
  assert.equal(typeof coldStart, "boolean");
  assert.deepEqual(Object.keys(timings as object), ["loadMs", "warmMs", "heldMs"]);
}

const SIBLINGS = 20;

/** `ping` sends one of several, and resolves with the timings in its report. */
export async function assertHoldTogether(
  { counts }: Counting,
  holdMs: number,
  ping: (concurrency: number) => Promise<unknown>,
): Promise<void> {
  const began = performance.now();
  const timings = await Promise.all(Array.from({ length: SIBLINGS }, () => ping(SIBLINGS)));
  const took = performance.now() - began;
  for (const one of timings) assert.equal((one as { heldMs: number }).heldMs, holdMs);
  assert.ok(took >= holdMs - 5, `answered after ${took} ms, without holding`);
  assert.ok(took < SIBLINGS * holdMs, `${took} ms: one after the other`);
  assert.equal(counts.loaded, 1);
}
