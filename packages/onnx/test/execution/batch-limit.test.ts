import assert from "node:assert/strict";
import { test } from "node:test";
import { BatchLimit } from "../../src/execution/batch-limit.ts";

const SIZES = [1, 2, 4, 8, 16, 32, 64];

/** A model that takes `perRun` for every run and `perRow` for every row. */
const timesOf = (perRun: number, perRow: number) => SIZES.map((rows) => ({ rows, ms: perRun + perRow * rows }));

test("rows that become no cheaper together stay alone", () => {
  const limit = BatchLimit.measured(timesOf(0.2, 3), 100);
  assert.deepEqual([limit.rows, limit.joins, limit.gain], [1, true, 1]);
});

test("the fewest rows with nearly the best price are taken", () => {
  const limit = BatchLimit.measured(timesOf(7.5, 2), 1000);
  assert.equal(limit.rows, 32);
  assert.ok(limit.gain > 4);
  assert.equal(BatchLimit.measured(timesOf(1, 0), 100).rows, 64);
});

test("a batch takes no longer than it may", () => {
  assert.equal(BatchLimit.measured(timesOf(7.5, 0.87), 20).rows, 8);
  assert.equal(BatchLimit.measured(timesOf(200, 0), 100).rows, 1);
});

/** Runs under pressure: as many rows as the limit says, each run as long as the model takes. */
function press(limit: BatchLimit, runs: number, perRun: number, perRow: number): number {
  let most = 0;
  for (let run = 0; run < runs; run++) {
    const rows = limit.next();
    most = Math.max(most, rows);
    limit.observe(rows, perRun + perRow * rows);
  }
  return most;
}

test("a measurement that a busy machine spoilt is put right by the runs that follow", () => {
  const limit = BatchLimit.measured(timesOf(0, 16), 100);
  assert.equal(limit.rows, 1);
  press(limit, 600, 7.5, 0.87);
  assert.ok(limit.rows >= 16, `${limit.rows} rows`);
  const flattering = BatchLimit.measured(timesOf(20, 0.1), 100);
  assert.equal(flattering.rows, 64);
  press(flattering, 600, 0.2, 1.4);
  assert.ok(flattering.rows * 1.4 <= 100);
});

test("what was asked for is kept, and never tried beyond", () => {
  const limit = BatchLimit.fixed(8);
  assert.equal(press(limit, 100, 7.5, 0.1), 8);
  assert.deepEqual([limit.rows, BatchLimit.fixed(1).joins], [8, false]);
});

test("trying more stays within the time of a batch", () => {
  const limit = BatchLimit.measured(timesOf(0.1, 1), 4);
  assert.ok(press(limit, 200, 0.1, 1) <= 4);
});
