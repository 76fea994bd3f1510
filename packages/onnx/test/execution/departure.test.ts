import assert from "node:assert/strict";
import { test } from "node:test";
import type { Worker } from "node:worker_threads";
import { TricastError } from "@tricast/core";
import { BatchLimit } from "../../src/execution/batch-limit.ts";
import type { ObservedRun } from "../../src/execution/departure.ts";
import { type Decision, Executor } from "../../src/execution/executor.ts";
import type { Lanes } from "../../src/execution/lane.ts";
import { SlowRuns } from "../../src/execution/slow-runs.ts";
import { Tensor } from "../../src/index.ts";
import { type LogLine, loadContext } from "../support/context.ts";
import { serverOpener, statsOf, until, watchWorkers } from "./support/executed.ts";
import { convolutions, times } from "./support/graphs.ts";

const open = serverOpener();

/** An image of `side` x `side`. */
function image(side: number): { readonly x: Tensor } {
  const data = Float32Array.from({ length: 3 * side * side }, (_, at) => (at % 11) / 11);
  return { x: new Tensor("float32", data, [1, 3, side, side]) };
}

async function openSmall(options?: Parameters<typeof open>[1]) {
  const opened = await open(convolutions(), options);
  await opened.model.run(image(1));
  assert.equal(opened.stats().mode, "inline");
  return opened;
}

test("a model that was measured with a small input moves to workers at its first slow run", async () => {
  const { model, stats, lines } = await openSmall();
  const slow = image(512);
  const before = await model.run(slow);
  assert.equal(stats().mode, "inline", "the main thread answers the slow request itself");
  await until(() => stats().mode === "workers");
  const after = await model.run(slow);
  assert.deepEqual(after.y?.dims, before.y?.dims);
  assert.deepEqual(after.y?.data, before.y?.data);
  assert.ok(stats().workers >= 1);
  const decisions = lines.filter(({ message }) => message === "execution").map(({ fields }) => fields?.mode);
  assert.deepEqual(decisions, ["inline", "workers"]);
  for (let turn = 0; turn < 200; turn++) await model.run(image(1));
  assert.deepEqual([stats().mode, stats().queued, stats().running], ["workers", 0, 0], "it does not move back");
});

test("while workers load, short requests are answered at once, and slow ones wait for the workers", async () => {
  const { model, stats } = await openSmall();
  await model.run(image(512));
  const slow = [model.run(image(512)), model.run(image(512))];
  assert.equal(stats().queued, 2);
  await model.run(image(1));
  assert.deepEqual([stats().mode, stats().queued], ["inline", 2]);
  for (const { y } of await Promise.all(slow)) assert.deepEqual(y?.dims, [1, 3, 512, 512]);
  assert.equal(stats().mode, "workers");
});

function ended(worker: Worker): Promise<void> {
  return worker.threadId === -1 ? Promise.resolve() : new Promise((resolve) => worker.once("exit", () => resolve()));
}

test("a model that is closed during the move refuses what waits, and leaves no thread behind", async () => {
  const made = watchWorkers();
  for (const wait of [
    async () => {},
    () => new Promise<void>((resolve) => setImmediate(resolve)),
    () => until(() => made.length > 0),
  ]) {
    made.length = 0;
    const { model, stats } = await openSmall();
    await model.run(image(512));
    const waiting = assert.rejects(model.run(image(512)), { code: "shutting-down" });
    await wait();
    await model.close();
    await waiting;
    assert.ok(made.length >= 1);
    await Promise.all(made.map(ended));
    assert.deepEqual([stats().queued, stats().running], [0, 0]);
  }
});

test("a request that is cancelled while it waits for the workers is not run", async () => {
  const { model, stats } = await openSmall();
  await model.run(image(512));
  const client = new AbortController();
  const gone = assert.rejects(model.run(image(512), { signal: client.signal }), /gone/);
  client.abort(new Error("gone"));
  await gone;
  assert.deepEqual([stats().queued, stats().cancelled], [0, 1]);
  await until(() => stats().mode === "workers");
});

test('mode "inline" is not changed by slow runs', async () => {
  const made = watchWorkers();
  const { model, stats } = await openSmall({ execution: { mode: "inline" } });
  for (let run = 0; run < 3; run++) await model.run(image(256));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([stats().mode, made.length], ["inline", 0]);
});

test("short runs of many requests stay on the main thread", async () => {
  const { model, stats } = await open(times(2));
  await model.run({ x: [[1, 2]] });
  for (let round = 0; round < 50; round++) {
    await Promise.all(Array.from({ length: 100 }, () => model.run({ x: [[1, 2]] })));
  }
  assert.equal(stats().mode, "inline");
});

/** An executor on the main thread whose runs take as long as `ms`, and what it asked of `leave`. */
async function faked(leave: (run: ObservedRun) => Promise<Decision | undefined>) {
  const run = { ms: 0.01 };
  const closed: string[] = [];
  const lane = {
    busy: false,
    run: (feeds: ObservedRun["feeds"], _fetches: unknown, done: (outcome: never) => void) =>
      done({ outputs: { y: feeds.x }, ms: run.ms } as never),
  };
  const lanesOf = (kind: Lanes["kind"]): Lanes => ({
    kind,
    workers: 0,
    crashes: 0,
    broken: undefined,
    admit: () => lane,
    next: () => lane,
    any: () => lane,
    close: () => void closed.push(kind),
  });
  const decisionOf = (kind: Lanes["kind"]): Decision => {
    return { lanes: lanesOf(kind), batches: BatchLimit.fixed(1), intraOpNumThreads: 1 };
  };
  const first = decisionOf("inline");
  const lines: LogLine[] = [];
  const executor = new Executor({
    name: "faked.onnx",
    log: loadContext(lines).log,
    maxQueue: 3,
    joins: { allows: () => true, forbid() {} },
    first,
    decide: async () => first,
    leave,
  });
  const call = async (ms: number, x = image(1).x) => {
    run.ms = ms;
    return executor.run({ x }, { y: null });
  };
  await call(0.01);
  return { executor, call, closed, lines, workers: decisionOf("workers") };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a run that was slow only because other work interrupted it does not move the model, nor ask again soon", async () => {
  let asked = 0;
  const { executor, call, closed } = await faked(async () => {
    asked++;
    return undefined;
  });
  for (let round = 0; round < 100; round++) {
    await call(6);
    for (let short = 0; short < 50; short++) await call(0.01);
    await turn();
  }
  assert.equal(asked, 1);
  assert.deepEqual([executor.stats().mode, closed], ["inline", []]);
});

test("workers that do not start leave the model on the main thread, with a warning, and the waiting requests are answered", async () => {
  const attempt = Promise.withResolvers<undefined>();
  const { executor, call, lines } = await faked(() => attempt.promise);
  await call(100);
  const held = call(0.01);
  assert.equal(executor.stats().queued, 1);
  attempt.reject(new TricastError("worker-crashed", "no memory"));
  assert.deepEqual((await held).y?.dims, [1, 3, 1, 1]);
  assert.deepEqual(
    lines.map(({ message }) => message),
    ["faked.onnx stays on the main thread, which its runs block: no memory"],
  );
});

test("the run that is repeated in workers has the inputs of the request, whatever its caller does with them later", async () => {
  const seen: ObservedRun[] = [];
  const { call, executor, closed, workers } = await faked(async (run) => {
    seen.push(run);
    return workers;
  });
  const { x } = image(2);
  await call(100, x);
  (x.data as Float32Array).fill(99);
  await until(() => executor.stats().mode === "workers");
  assert.deepEqual(seen[0]?.feeds.x?.data, image(2).x.data);
  await until(() => closed.length > 0);
  assert.deepEqual(closed, ["inline"]);
  await executor.close();
  assert.deepEqual(closed, ["inline", "workers"]);
});

test("requests that wait for the workers count for the limit of the queue", async () => {
  const attempt = Promise.withResolvers<undefined>();
  const { executor, call } = await faked(() => attempt.promise);
  await call(100);
  const held = [call(0.01), call(0.01), call(0.01)];
  await assert.rejects(call(0.01), { code: "overloaded" });
  attempt.resolve(undefined);
  await Promise.all(held);
  assert.equal(executor.stats().overloaded, 1);
});

test("runs are too slow for the main thread one by one, or a little each; requests of a shared run divide its time", () => {
  const firstOf = (ms: number, requests: number): number => {
    const runs = new SlowRuns();
    for (let run = 1; run <= 1000; run++) if (runs.add(ms, requests)) return run;
    return Infinity;
  };
  assert.deepEqual([firstOf(5, 1), firstOf(1, 1), firstOf(0.8, 1)], [1, 6, 9]);
  assert.deepEqual([firstOf(0.29, 1), firstOf(4, 64), firstOf(4, 10)], [Infinity, Infinity, 5]);
});

test("statistics name the main thread until the workers answer", async () => {
  const { model } = await openSmall();
  await model.run(image(512));
  assert.deepEqual([statsOf(model).mode, statsOf(model).workers], ["inline", 0]);
  await until(() => statsOf(model).mode === "workers");
  assert.ok(statsOf(model).workers >= 1);
});
