import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { TricastError } from "@tricast/core";
import { Arrivals } from "@tricast/http/node";

const TIMERS = { apis: ["setInterval", "Date"] as const };

function arriving() {
  const refusals: string[] = [];
  return {
    received: 0,
    refusals,
    refuse(error: TricastError): void {
      refusals.push(error.code);
    },
  };
}

function start(t: TestContext, { most = 10, timeoutMs = 60_000 } = {}) {
  t.mock.timers.enable({ apis: [...TIMERS.apis], now: 1_000_000 });
  const arrivals = new Arrivals({ most, timeoutMs });
  /** The event loop is free: a sweep each second. */
  const pass = (seconds: number, each = (): void => {}): void => {
    for (let second = 0; second < seconds; second++) {
      each();
      t.mock.timers.tick(1_000);
    }
  };
  return { arrivals, pass };
}

describe("bodies that arrive", () => {
  it("are refused if they bring fewer than 2,500 bytes in five seconds, at any time", (t) => {
    const { arrivals, pass } = start(t);
    const [idle, slow, steady, stalling] = [arriving(), arriving(), arriving(), arriving()];
    for (const body of [idle, slow, steady, stalling]) arrivals.add(body);
    stalling.received = 10_000_000;
    pass(5, () => {
      slow.received += 499;
      steady.received += 500;
    });
    assert.deepEqual(
      [idle, slow, steady, stalling].map(({ refusals }) => refusals.length),
      [1, 1, 0, 0],
    );
    pass(5, () => {
      steady.received += 500;
    });
    assert.deepEqual(stalling.refusals, ["request-timeout"], "what it brought before does not count");
    pass(20, () => {
      steady.received += 500;
    });
    assert.deepEqual(steady.refusals, []);
    assert.deepEqual(idle.refusals, ["request-timeout"], "a body is refused once");
  });

  it("are refused after the time for a whole body, however fast they are", (t) => {
    const { arrivals, pass } = start(t, { timeoutMs: 10_000 });
    const body = arriving();
    arrivals.add(body);
    pass(10, () => {
      body.received += 1_000_000;
    });
    assert.deepEqual(body.refusals, []);
    pass(1, () => {
      body.received += 1_000_000;
    });
    assert.deepEqual(body.refusals, ["request-timeout"]);
  });

  it("are not refused for a time in which the event loop was blocked", (t) => {
    const { arrivals, pass } = start(t);
    const body = arriving();
    arrivals.add(body);
    pass(4);
    // One late sweep in place of six.
    t.mock.timers.setTime(Date.now() + 6_000 - 1);
    t.mock.timers.tick(1);
    pass(4);
    assert.deepEqual(body.refusals, []);
    pass(1);
    assert.deepEqual(body.refusals, ["request-timeout"]);
  });

  it("are refused while the server stops, if no byte arrives within a second", (t) => {
    const { arrivals, pass } = start(t);
    const [moving, stalled] = [arriving(), arriving()];
    arrivals.add(moving);
    arrivals.add(stalled);
    pass(1);
    arrivals.stop();
    pass(3, () => {
      moving.received += 1_000;
    });
    assert.deepEqual([moving.refusals, stalled.refusals], [[], ["shutting-down"]]);
  });

  it("are limited in number, and one that has left makes room for another", (t) => {
    const { arrivals, pass } = start(t, { most: 2 });
    const leave = arrivals.add(arriving());
    arrivals.add(arriving());
    assert.throws(() => arrivals.add(arriving()), {
      code: "overloaded",
      message: /receives 2 bodies \(maxConnections\)/,
    });
    leave();
    const last = arriving();
    arrivals.add(last);
    leave();
    pass(6);
    assert.deepEqual(last.refusals, ["request-timeout"]);
    arrivals.add(arriving());
    arrivals.add(arriving());
    assert.throws(() => arrivals.add(arriving()), { code: "overloaded" });
  });
});
