import assert from "node:assert/strict";
import { once } from "node:events";
import { renameSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { onnx } from "../../src/index.ts";
import { loadContext, SERVES_MANY } from "../support/context.ts";
import { scratchFolder, write } from "../support/models.ts";
import { serverOpener, statsOf, until, watchWorkers } from "./support/executed.ts";
import { times } from "./support/graphs.ts";

process.env.TRICAST_ONNXRUNTIME_BINDING = fileURLToPath(new URL("support/ending-binding.cjs", import.meta.url));
after(() => {
  delete process.env.TRICAST_ONNXRUNTIME_BINDING;
});

const open = serverOpener();
const folder = scratchFolder();
const workers = watchWorkers();
const ALONE = { execution: { workers: 1, maxBatchRows: 1 } };
/** Inputs at which the worker ends: in the run, and after its answer. */
const [IN_RUN, AFTER_RUN] = [[[666, 0]], [[667, 0]]];

test("when a worker ends, what it runs fails with a code, and what waits is run by another", async () => {
  const { model, lines, stats } = await open(times(2), ALONE);
  await model.run({ x: [[0, 0]] });
  const runs = [IN_RUN, [[2, 0]], [[3, 0]]].map((x) => model.run({ x }));
  const results = await Promise.allSettled(runs);
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? result.value.y?.toArray() : result.reason.code)),
    ["worker-crashed", [[4, 0]], [[6, 0]]],
  );
  assert.equal(results[0]?.status === "rejected" && results[0].reason.retryAfterSeconds, 1);
  assert.deepEqual([stats().crashes, stats().workers], [1, 1]);
  assert.match(
    lines.find(({ level }) => level === "error")?.message ?? "",
    /ended: it exited with code 7; another worker replaces it/,
  );
});

test("everybody in a shared run meets its worker's end, and nobody else", async () => {
  const { model } = await open(times(2), { execution: { workers: 1, maxBatchRows: 2 } });
  await model.run({ x: [[0, 0]] });
  // One begins at once; the others wait, and go in pairs.
  const results = await Promise.allSettled([[[1, 0]], IN_RUN, [[3, 0]], [[4, 0]]].map((x) => model.run({ x })));
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? result.value.y?.toArray() : result.reason.code)),
    [[[2, 0]], "worker-crashed", "worker-crashed", [[8, 0]]],
  );
});

test("a worker that ends while it is idle is replaced before anybody asks", async () => {
  const { model, stats } = await open(times(2), ALONE);
  await model.run({ x: [[1, 1]] });
  assert.deepEqual((await model.run({ x: AFTER_RUN })).y?.toArray(), [[1334, 0]]);
  await until(() => stats().crashes === 1 && stats().workers === 1);
  assert.deepEqual((await model.run({ x: [[1, 2]] })).y?.toArray(), [[2, 4]]);
});

test("while no worker can be started requests fail at once, and it is tried again", async () => {
  const { model, path, stats } = await open(times(2), ALONE);
  await model.run({ x: [[1, 1]] });
  renameSync(path, `${path}.away`);
  const made = workers.length;
  await assert.rejects(model.run({ x: IN_RUN }), { code: "worker-crashed" });
  await assert.rejects(model.run({ x: [[1, 1]] }), {
    code: "worker-crashed",
    message: /the workers for .* end or do not start/,
  });
  await assert.rejects(model.run({ x: [[1, 1]] }), ({ retryAfterSeconds }) => retryAfterSeconds >= 1);
  renameSync(`${path}.away`, path);
  await until(() => stats().workers === 1);
  assert.deepEqual((await model.run({ x: [[1, 2]] })).y?.toArray(), [[2, 4]]);
  // One failed attempt or a few, at growing intervals: never a spin.
  assert.ok(workers.length - made < 8);
});

test("a worker that ends before it has answered anything is not replaced at once", async () => {
  const { model, stats } = await open(times(2), ALONE);
  await model.run({ x: [[1, 1]] });
  await assert.rejects(model.run({ x: IN_RUN }), { code: "worker-crashed" });
  await assert.rejects(model.run({ x: IN_RUN }), { code: "worker-crashed" });
  await assert.rejects(model.run({ x: [[1, 1]] }), {
    code: "worker-crashed",
    message: /the workers for .* end or do not start/,
  });
  await until(() => stats().workers === 1);
  assert.deepEqual((await model.run({ x: [[1, 2]] })).y?.toArray(), [[2, 4]]);
});

test("a worker that ends while it loads the model fails the load", async () => {
  const path = write(folder, "ends-the-load.onnx", times(2));
  const loading = onnx(path, ALONE).load({ ...loadContext(), platform: SERVES_MANY });
  await assert.rejects(async () => loading, { code: "worker-crashed", retryAfterSeconds: 1 });
});

test("a first request that ends its worker leaves the measuring to the next", async () => {
  const { model, stats } = await open(times(3), { execution: { mode: "workers" } });
  await assert.rejects(model.run({ x: IN_RUN }), { code: "worker-crashed" });
  await until(() => stats().workers > 0);
  assert.deepEqual((await model.run({ x: [[1, 2]] })).y?.toArray(), [[3, 6]]);
  assert.equal(stats().mode, "workers");
});

test("a file that is no model is model-invalid with the fix, and no worker is left", async () => {
  const path = write(folder, "no-model.onnx", "<html>not found</html>");
  const loading = onnx(path, ALONE).load({ ...loadContext(), platform: SERVES_MANY });
  await assert.rejects(async () => loading, {
    code: "model-invalid",
    message: /this is a web page.*download the model again/,
  });
  const last = workers.at(-1)!;
  if (last.threadId !== -1) await once(last, "exit");
  assert.equal(last.threadId, -1);
});

test("a model that is held in memory is read by every worker", async () => {
  const { openModel } = await import("../../src/open-model.ts");
  const content = times(5);
  const file = { path: "memory:times", bytes: content.byteLength, format: "onnx", content } as const;
  const options = { nonFinite: "allow", execution: { workers: 2, maxBatchRows: 1 } } as const;
  const model = await openModel(file, options, { ...loadContext(), platform: SERVES_MANY });
  await model.run({ x: [[1, 1]] });
  assert.equal(statsOf(model).workers, 2);
  const answers = await Promise.all([1, 2, 3, 4].map((value) => model.run({ x: [[value, 0]] })));
  assert.deepEqual(
    answers.map(({ y }) => y?.toArray()),
    [[[5, 0]], [[10, 0]], [[15, 0]], [[20, 0]]],
  );
  await model.close();
});
