import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { LimitOptions } from "../../definition.ts";
import type { TricastError } from "../../errors.ts";
import { definePredictor } from "../../predictor.ts";
import type { Host } from "../host.ts";
import { assertLikeCore } from "../reference.ts";
import { type Instance, type Subject, serve } from "../suite.ts";
import { headerOf, jsonOf, post } from "../wire.ts";

interface Waiting extends Subject {
  /** Error codes with which the signals of predictions aborted. */
  readonly aborts: unknown[];
  /** The deadline of each invocation. */
  readonly deadlines: (number | undefined)[];
}

type Wait = "signal" | "forever" | "no";

/** Waits as its input says, and records the error that its signal aborted with. */
function waiting(limits: LimitOptions): Waiting {
  const aborts: unknown[] = [];
  const deadlines: (number | undefined)[] = [];
  const predictor = definePredictor({
    name: "waiting",
    limits,
    load: () => ({}),
    async predict({ wait }: { wait: Wait }, { signal, invocation }) {
      deadlines.push(invocation.deadline);
      if (wait === "no") return { waited: false };
      const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
      signal.addEventListener("abort", () => aborts.push((signal.reason as TricastError).code));
      await (wait === "signal" ? stopped : new Promise(() => {}));
      return { waited: true };
    },
  });
  return { predictor, aborts, deadlines };
}

const TIMEOUT_MS = 60;
/** Enough for a prediction on a busy machine, and not for one that waits. */
const REMAINING_MS = 700;

export function deadlines(host: Host): void {
  for (const wait of ["signal", "forever"] as const) {
    const it = serve(host, () => waiting({ timeoutMs: TIMEOUT_MS }));
    const how = wait === "signal" ? "stops at its signal" : "ignores its signal";
    it(`limits.timeoutMs ends a prediction that ${how}: 504, the signal aborts, and the next request is served`, (instance) =>
      assertTimesOut(instance, wait));
  }

  const others = serve(host, () => waiting({ timeoutMs: TIMEOUT_MS }));
  others("a late prediction does not affect parallel predictions", async ({ send }) => {
    const late = send(post({ wait: "forever" }));
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(post({ wait: "no" }))));
    for (const answer of answers) assert.equal(answer.status, 200);
    assert.equal((await late).status, 504);
  });

  const loading = serve(host, slowToLoad);
  loading("a model that is still loading at the deadline is a 503 with retry-after", async (instance) => {
    const { predictor, open } = instance.subject;
    const response = await assertLikeCore(instance, predictor, post({}));
    assert.deepEqual([response.status, jsonOf(response).code], [503, "model-loading"]);
    assert.match(headerOf(response, "retry-after") ?? "", /^[1-9]\d*$/);
    open({});
    await sleep(5);
    assert.deepEqual(jsonOf(await instance.send(post({}))), { ok: true });
  });

  ofThePlatform(host);
}

async function assertTimesOut(instance: Instance<Waiting>, wait: Wait): Promise<void> {
  const { predictor, aborts } = instance.subject;
  const began = performance.now();
  const response = await instance.send(post({ wait }));
  const took = performance.now() - began;
  assert.deepEqual([response.status, jsonOf(response).code], [504, "deadline-exceeded"]);
  assert.ok(took >= TIMEOUT_MS - 5 && took < 2_000, `${took} ms`);
  assert.deepEqual(aborts, ["deadline-exceeded"]);
  await assertLikeCore(instance, predictor, post({ wait }));
  await assertLikeCore(instance, predictor, post({ instances: [{ wait: "no" }, { wait }] }));
  assert.deepEqual(jsonOf(await instance.send(post({ wait: "no" }))), { waited: false });
}

interface Loading extends Subject {
  readonly open: (model: object) => void;
}

function slowToLoad(): Loading {
  const { promise, resolve } = Promise.withResolvers<object>();
  const limits = { timeoutMs: TIMEOUT_MS };
  const predictor = definePredictor({ name: "slow", limits, load: () => promise, predict: () => ({ ok: true }) });
  return { predictor, open: resolve };
}

function ofThePlatform(host: Host): void {
  const { deadline } = host;
  const remainingMs = deadline === "settable" ? REMAINING_MS : undefined;
  const it = serve(host, () => waiting({}), { remainingMs });

  if (deadline === "none") {
    it("if the platform sets no deadline, predict has no deadline", async ({ send, subject }) => {
      assert.equal((await send(post({ wait: "no" }))).status, 200);
      assert.deepEqual(subject.deadlines, [undefined]);
    });
    return;
  }

  const ms = deadline === "settable" ? REMAINING_MS : deadline.fixedMs;
  const isShort = deadline === "settable";
  const title = isShort ? ", and a late prediction is a 504 before the platform gives up" : "";
  it(`the platform's deadline reaches predict${title}`, async (instance) => {
    const began = Date.now();
    assert.equal((await instance.send(post({ wait: "no" }))).status, 200);
    const [seen = 0] = instance.subject.deadlines;
    assert.ok(seen >= began + ms && seen <= Date.now() + ms, `${seen} is not ${ms} ms after the request`);
    // A deadline that the test cannot shorten is too long to wait for.
    if (isShort) await assertInTime(instance, ms);
  });
}

async function assertInTime({ send, subject }: Instance<Waiting>, ms: number): Promise<void> {
  const began = Date.now();
  const response = await send(post({ wait: "forever" }));
  assert.deepEqual([response.status, jsonOf(response).code], [504, "deadline-exceeded"]);
  assert.ok(Date.now() < began + ms, "the platform gave up first");
  assert.deepEqual(subject.aborts, ["deadline-exceeded"]);
}
