import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { BatchLimit } from "../../src/execution/batch-limit.ts";
import { Executor } from "../../src/execution/executor.ts";
import { InlineTurns } from "../../src/execution/inline-turns.ts";
import { onnx, Tensor } from "../../src/index.ts";
import type { LoadedModel } from "../../src/model.ts";
import { loadContext } from "../support/context.ts";
import { scratchFolder, write } from "../support/models.ts";
import { identity } from "../support/onnx-writer.ts";
import { serverOpener, statsOf, until } from "./support/executed.ts";
import { centred, filtered, lookup, mixed, quantised, slow, times } from "./support/graphs.ts";

const open = serverOpener();
const ONE_WORKER = { execution: { workers: 1, maxBatchRows: 16 } };

/** An executed model whose way to run has been decided. */
async function opened(...[bytes, options]: Parameters<typeof open>) {
  const one = await open(bytes, options);
  await one.model.run({ x: [[1]] });
  return one;
}

test("a lone request begins at once, by itself, in a worker and on the main thread", async () => {
  const worker = await opened(identity("float32", ["N", 1]), ONE_WORKER);
  const before = worker.stats();
  const answer = worker.model.run({ x: [[2]] });
  assert.deepEqual([worker.stats().running, worker.stats().queued], [1, 0]);
  assert.deepEqual((await answer).y?.toArray(), [[2]]);
  assert.equal(worker.stats().batches, before.batches + 1);

  const inline = await opened(identity("float32", ["N", 1]), { execution: { mode: "inline" } });
  // The turn that measured brought no other request.
  await new Promise((resolve) => setImmediate(resolve));
  const requests = inline.stats().requests;
  const later = inline.model.run({ x: [[3]] });
  assert.deepEqual([inline.stats().requests, inline.stats().queued], [requests + 1, 0]);
  assert.deepEqual((await later).y?.toArray(), [[3]]);
});

test("while the worker is busy, requests that come share the next run", async () => {
  const { model, stats } = await opened(slow(), ONE_WORKER);
  const before = stats();
  const runs = Array.from({ length: 13 }, (_, index) => model.run({ x: [[index]] }));
  assert.deepEqual([stats().running, stats().queued], [1, 12]);
  const answers = await Promise.all(runs);
  assert.deepEqual(
    answers.map(({ y }) => y?.toArray()),
    runs.map((_, index) => [[index]]),
  );
  const after = stats();
  assert.deepEqual([after.requests - before.requests, after.batches - before.batches], [13, 2]);
});

test("requests of one turn of the event loop share a run on the main thread", async () => {
  const { model, stats } = await open(times(3), { execution: { mode: "inline", maxBatchRows: 100 } });
  await model.run({ x: [[1, 1]] });
  const before = stats().batches;
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => model.run({ x: [[index, 1]] })));
  assert.deepEqual(answers[19]?.y?.toArray(), [[57, 3]]);
  assert.ok(stats().batches - before <= 2, "one at once, and the others together");
});

test("answers share no memory with each other", async () => {
  const { model } = await opened(identity("float32", ["N", 1]), ONE_WORKER);
  const answers = await Promise.all([1, 2, 3, 4].map((value) => model.run({ x: [[value]] })));
  const buffers = answers.map(({ y }) => (y!.data as Float32Array).buffer);
  assert.equal(new Set(buffers).size, buffers.length);
  assert.deepEqual(
    buffers.map(({ byteLength }) => byteLength),
    [4, 4, 4, 4],
  );
});

test("callers keep their arrays, whole or part of a larger buffer", async () => {
  const { model } = await opened(identity("float32", ["N", 1]), ONE_WORKER);
  const whole = Float32Array.of(1, 2);
  const part = Float32Array.of(0, 0, 3, 4).subarray(2);
  assert.deepEqual((await model.run({ x: whole })).y?.toArray(), [[1], [2]]);
  assert.deepEqual((await model.run({ x: part })).y?.toArray(), [[3], [4]]);
  assert.deepEqual(
    [[...whole], [...part]],
    [
      [1, 2],
      [3, 4],
    ],
  );
});

test("an array that is transferred away while it waits fails its own request, and moves nobody else's rows", async () => {
  for (const maxBatchRows of [1, 16]) {
    const { model } = await opened(slow(), { execution: { workers: 1, maxBatchRows } });
    const gone = Float32Array.of(2);
    const runs = [[1], gone, [3], [4]].map((value) => model.run({ x: value }));
    structuredClone(gone, { transfer: [gone.buffer] });
    const results = await Promise.allSettled(runs);
    assert.deepEqual(
      results.map((result) => (result.status === "fulfilled" ? result.value.y?.toArray() : result.reason.code)),
      [[[1]], "predict-failed", [[3]], [[4]]],
    );
  }
});

test("one bad row fails alone", async () => {
  const { model, stats } = await open(mixed(), ONE_WORKER);
  const run = (index: number) => model.run({ x: [[1]], index: [[index]], name: ["a"] }, { outputs: ["picked"] });
  await run(0);
  const results = await Promise.allSettled([0, 1, 99, 2, 3].map(run));
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? result.value.picked?.toArray() : result.reason.code)),
    [[[0.5]], [[-1.25]], "predict-failed", [[3]], [[100.125]]],
  );
  assert.equal(stats().splitBatches, 1);
});

test("requests of a graph that mixes rows never share a run, and one line says why and what to do", async () => {
  const { model, lines, stats } = await open(centred(), ONE_WORKER);
  await model.run({ x: [[1, 2]] });
  assert.equal(stats().maxBatchRows, 1);
  const warnings = lines.filter(({ level }) => level === "warn");
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!.message,
    /requests run one by one: ReduceMean "mean" works along the rows \(axis 0\)\. .*batching: "exact"/,
  );
  const answers = await Promise.all([3, 4, 5].map((value) => model.run({ x: [[value, value]] })));
  for (const { y } of answers) assert.deepEqual(y?.toArray(), [[0, 0]]);
});

test("a scale that dynamic quantisation takes from all rows keeps requests apart", async () => {
  const { model, stats } = await open(quantised(), ONE_WORKER);
  await model.run({ x: [[1, 2]] });
  assert.equal(stats().maxBatchRows, 1);
});

test("a shared run that does not give a row for each row is split, and requests share none from then on", async () => {
  const path = write(scratchFolder(), "filtered.onnx", filtered());
  const loaded = onnx(path).load(loadContext()) as LoadedModel;
  const forbidden: string[] = [];
  // As a record of an optimised form could say it of the wrong graph.
  const joins = { allows: () => true, forbid: (why: string) => forbidden.push(why) };
  const lanes = new InlineTurns(loaded, () => executor.pump());
  const plan = { lanes, batches: BatchLimit.fixed(16), intraOpNumThreads: 1 };
  const { log } = loadContext();
  const executor = new Executor({ name: "filtered", log, maxQueue: 10, joins, first: plan, decide: async () => plan });
  const run = (value: number, keep: boolean) => {
    const x = new Tensor("float32", Float32Array.of(value), [1, 1]);
    return executor.run({ x, keep: new Tensor("bool", Uint8Array.of(Number(keep)), [1]) }, { y: null });
  };
  await run(1, true);
  const answers = await Promise.all([run(1, true), run(2, true), run(3, false), run(4, true)]);
  assert.deepEqual(
    answers.map(({ y }) => y?.toArray()),
    [[[1]], [[2]], [], [[4]]],
  );
  assert.equal(executor.stats().maxBatchRows, 1);
  await Promise.all([run(1, true), run(2, false), run(3, true)]);
  assert.equal(executor.stats().splitBatches, 1);
  assert.deepEqual(forbidden, ['the inputs have 3 rows, and output "y" has shape [2, 1]']);
  await executor.close();
});

test('batching: "off", "exact" and graphs with a fixed leading dimension keep requests apart, without a warning', async () => {
  for (const [bytes, options] of [
    [times(2), { ...ONE_WORKER, batching: "off" }],
    [times(2), { ...ONE_WORKER, batching: "exact" }],
    [identity("float32", [1, 2]), ONE_WORKER],
  ] as const) {
    const { model, stats, lines } = await open(bytes, options);
    await model.run({ x: [[1, 2]] });
    const before = stats().batches;
    await Promise.all([1, 2, 3].map((value) => model.run({ x: [[value, value]] })));
    assert.equal(stats().batches - before, 3);
    assert.deepEqual(
      lines.filter(({ level }) => level === "warn"),
      [],
    );
  }
});

test("a request that is cancelled while it waits is not run; one that has begun goes on", async () => {
  const { model, stats } = await opened(slow(), ONE_WORKER);
  const before = stats();
  const cancel = new AbortController();
  const [first, waiting] = [model.run({ x: [[1]] }, { signal: cancel.signal }), new AbortController()];
  const second = model.run({ x: [[2]] }, { signal: waiting.signal });
  const third = model.run({ x: [[3]] });
  waiting.abort(new Error("the client has gone"));
  await assert.rejects(second, /the client has gone/);
  assert.deepEqual([stats().queued, stats().cancelled], [1, 1]);
  assert.deepEqual((await third).y?.toArray(), [[3]]);
  assert.deepEqual((await first).y?.toArray(), [[1]]);
  assert.equal(stats().rows - before.rows, 2);
  await Promise.all([first, model.run({ x: [[4]] })]);
  const busy = model.run({ x: [[5]] });
  await assert.rejects(model.run({ x: [[6]] }, { signal: AbortSignal.abort(new Error("gone before")) }), /gone before/);
  await busy;
});

test("more requests than may wait are refused as overloaded, with the time to come back", async () => {
  const { model, stats } = await opened(slow(), { execution: { workers: 1, maxBatchRows: 1, maxQueue: 3 } });
  const taken = [1, 2, 3, 4].map((value) => model.run({ x: [[value]] }));
  await assert.rejects(model.run({ x: [[5]] }), {
    code: "overloaded",
    retryAfterSeconds: 1,
    message: /^3 runs already wait for/,
  });
  assert.equal(stats().overloaded, 1);
  assert.equal((await Promise.all(taken)).length, 4);
});

for (const [where, execution] of [
  ["a worker", { workers: 1, maxBatchRows: 1 }],
  ["the main thread", { mode: "inline", maxBatchRows: 1 }],
] as const) {
  test(`closing lets what has begun in ${where} end, and refuses what waits`, async () => {
    const { model } = await opened(slow(), { execution });
    const runs = [1, 2, 3].map((value) => model.run({ x: [[value]] }));
    const closing = model.close();
    const results = await Promise.allSettled(runs);
    assert.deepEqual(
      results.map((result) => (result.status === "fulfilled" ? result.value.y?.toArray() : result.reason.code)),
      [[[1]], "shutting-down", "shutting-down"],
    );
    await closing;
    await model.close();
    await assert.rejects(model.run({ x: [[1]] }), { code: "shutting-down" });
  });
}

test("a model can be closed before its first request, and while that is measured", async () => {
  const unused = await open(times(2), ONE_WORKER);
  await unused.model.close();
  const measured = await open(times(2), ONE_WORKER);
  const first = measured.model.run({ x: [[1, 2]] });
  await measured.model.close();
  assert.deepEqual((await first).y?.toArray(), [[2, 4]]);
});

test("the decision is logged once, with the figures it was made on", async () => {
  const { model, lines, stats } = await open(times(2));
  assert.equal(stats().mode, "measuring");
  await Promise.all([1, 2, 3].map((value) => model.run({ x: [[value, value]] })));
  const told = lines.filter(({ message }) => message === "execution");
  assert.equal(told.length, 1);
  const { mode, workers, maxBatchRows, runMs, gain, exampleRows } = told[0]?.fields ?? {};
  assert.deepEqual(
    [mode, workers, maxBatchRows, exampleRows],
    [stats().mode, stats().workers, stats().maxBatchRows, 1],
  );
  assert.ok((runMs as number) > 0 && (gain as number) >= 1);
});

test("a first request that fails leaves the measuring to the next", async () => {
  const { model, stats } = await open(mixed(), ONE_WORKER);
  const run = (index: number) => model.run({ x: [[1]], index: [[index]], name: ["a"] });
  const [bad, good] = await Promise.allSettled([run(99), run(1)]);
  assert.equal(bad.status === "rejected" && bad.reason.code, "predict-failed");
  assert.equal(good.status, "fulfilled");
  assert.equal(stats().mode, "workers");
});

test("a slow model goes to a worker by itself, however small its file", async () => {
  const { model, stats } = await open(slow(400, 512));
  assert.deepEqual((await model.run({ x: [[7]] })).y?.toArray(), [[7]]);
  assert.equal(stats().mode, "workers");
  assert.deepEqual((await model.run({ x: [[8]] })).y?.toArray(), [[8]]);
});

test("a fast model that was loaded in a worker goes to the main thread, unless its file is large", async () => {
  for (const [megabytes, mode] of [
    [4, "inline"],
    [20, "workers"],
  ] as const) {
    const { model, stats } = await open(lookup(megabytes));
    assert.deepEqual((await model.run({ index: [3] })).y?.toArray(), [0]);
    assert.equal(stats().mode, mode);
    assert.deepEqual((await model.run({ index: [4] })).y?.toArray(), [0]);
  }
});

test("two versions run beside each other and never mix", async () => {
  const [one, two] = await Promise.all([open(times(1), ONE_WORKER), open(times(100), ONE_WORKER)]);
  const answers = await Promise.all(
    Array.from({ length: 400 }, (_, index) => {
      const { model } = index % 2 === 0 ? one : two;
      return model.run({ x: [[index, -index]] });
    }),
  );
  for (const [index, { y }] of answers.entries()) {
    const factor = index % 2 === 0 ? 1 : 100;
    assert.deepEqual(y?.toArray(), [[index * factor, -index * factor]]);
  }
});

test("hosts that serve one request at a time run as they are called", async () => {
  const { path } = await open(times(2));
  const model = onnx(path).load(loadContext());
  assert.ok(!(model instanceof Promise));
  assert.throws(() => statsOf(model), /not executed/);
  await model.close();
});

test("a thread that the host made batches by itself, and makes no workers (Lambda Managed Instances)", async () => {
  const { path } = await open(times(2));
  const script = new URL("./support/in-thread.ts", import.meta.url);
  const thread = new Worker(script, { workerData: path });
  const [stats] = await once(thread, "message");
  assert.deepEqual([stats.mode, stats.workers], ["inline", 0]);
});

test("every waiting request is answered when callers stop coming", async () => {
  const { model, stats } = await opened(slow(20), { execution: { mode: "inline", maxBatchRows: 2 } });
  const answers = Promise.all(Array.from({ length: 40 }, (_, index) => model.run({ x: [[index]] })));
  assert.equal((await answers).length, 40);
  await until(() => stats().running === 0);
});
