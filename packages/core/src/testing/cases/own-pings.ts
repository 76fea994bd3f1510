import assert from "node:assert/strict";
import type { WarmupReport } from "../../warmup/ping.ts";
import type { Host, PingDetails } from "../host.ts";
import { type Instance, type Subject, serve } from "../suite.ts";
import { get, jsonOf, post } from "../wire.ts";
import { assertHoldTogether, broken, counting } from "./http-pings.ts";

const HOLD_MS = 60;

function ping({ ping }: Instance<Subject>, details: PingDetails): Promise<WarmupReport> {
  assert.ok(ping !== undefined, 'host.pings is "own", so start must return an object with ping()');
  return ping(details);
}

/** Pings that are not HTTP requests. */
export function ownPings(host: Host): void {
  if (host.pings !== "own") return;
  const it = serve(host, () => counting());

  it("a ping warms, predicts nothing, and gets a report", async (instance) => {
    const report = await ping(instance, { concurrency: 1 });
    const { warmed, predictor, state, initializationType, timings } = report;
    assert.deepEqual([warmed, predictor, state], [true, "counting", "ready"]);
    assert.equal(initializationType, host.platform.initializationType());
    assert.equal(timings.heldMs, 0, "a ping without siblings does not hold");
    assert.match(report.instance, /^[a-z0-9]{16}$/);
    assert.deepEqual(instance.subject.counts, { predicted: 0, loaded: 1 });
  });

  it("a request after a ping uses the loaded model", async ({ send, subject }) => {
    assert.deepEqual(jsonOf(await send(post({ a: 1 }))), { input: { a: 1 } });
    assert.deepEqual(subject.counts, { predicted: 1, loaded: 1 });
  });

  it("parallel pings hold their instance at the same time, load once, and are all answered", (instance) =>
    assertHoldTogether(
      instance.subject,
      HOLD_MS,
      async (concurrency) => (await ping(instance, { concurrency, holdMs: HOLD_MS })).timings,
    ));

  const failing = serve(host, () => ({ predictor: broken }));
  failing("a ping of a model that cannot load reports why", async (instance) => {
    const { state, code, warmed } = await ping(instance, { concurrency: 1 });
    assert.deepEqual({ state, code, warmed }, { state: "failed", code: "model-load-failed", warmed: true });
    assert.equal((await instance.send(get("/health"))).status, 200);
  });
}
