import assert from "node:assert/strict";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type OnnxModel, onnx } from "../../src/index.ts";
import { loadContext, SERVES_MANY } from "../support/context.ts";
import { scratchFolder, write } from "../support/models.ts";
import { onnxPieces } from "../support/onnx-writer.ts";
import { watchWorkers } from "./support/executed.ts";
import { heavy, slow } from "./support/graphs.ts";

const folder = scratchFolder();
const workers = watchWorkers();
const ALONE = { execution: { workers: 1, maxBatchRows: 1 } };

test("the main thread goes on while 200 MB are loaded and closed", { timeout: 120_000 }, async () => {
  const path = join(folder, "heavy.onnx");
  const descriptor = openSync(path, "w");
  for (const piece of onnxPieces(heavy(200))) writeSync(descriptor, piece);
  closeSync(descriptor);
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  count();
  const model = (await onnx(path).load({ ...loadContext(), platform: SERVES_MANY })) as OnnxModel;
  const turnsOfLoad = turns;
  assert.deepEqual((await model.run({ x: new Float32Array(1024) })).y?.toArray(), [[0]]);
  const turnsBeforeClose = turns;
  await model.close();
  counting = false;
  // A load on this thread leaves it two or three turns.
  assert.ok(turnsOfLoad > 50, `${turnsOfLoad} turns during the load`);
  assert.ok(turns - turnsBeforeClose > 1, "turns during the close");
});

test("models that are loaded and closed over and over leave neither threads nor memory behind", async () => {
  const bytes = slow(4, 512);
  const path = write(folder, "cycled.onnx", bytes);
  const cycle = async (): Promise<void> => {
    const model = (await onnx(path, ALONE).load({ ...loadContext(), platform: SERVES_MANY })) as OnnxModel;
    await Promise.all([1, 2, 3].map((value) => model.run({ x: [[value]] })));
    await model.close();
  };
  const made = workers.length;
  for (let round = 0; round < 10; round++) await cycle();
  const before = process.memoryUsage().rss;
  for (let round = 0; round < 40; round++) await cycle();
  assert.deepEqual(new Set(workers.slice(made).map(({ threadId }) => threadId)), new Set([-1]));
  // A session that stays takes 1 MB for its weights and more for its thread; 40 of either would show.
  const grownMb = (process.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(grownMb < 60, `${grownMb} MB more after 40 cycles`);
});
