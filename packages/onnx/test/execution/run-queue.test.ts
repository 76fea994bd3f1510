import assert from "node:assert/strict";
import { test } from "node:test";
import { pendingRun } from "../../src/execution/pending-run.ts";
import { RunQueue } from "../../src/execution/run-queue.ts";
import { Tensor } from "../../src/index.ts";

const WIDE = { rows: 100, bytes: 1e9 };

/** `id` is found again in the answer's place. */
function runOf(id: number, rows: number, width = 1, output = "y") {
  const x = new Tensor("float32", new Float32Array(rows * width).fill(id), [rows, width]);
  return pendingRun(
    { x },
    { [output]: null },
    () => {},
    () => {},
  );
}

const idOf = ({ feeds }: ReturnType<typeof runOf>): number => (feeds.x!.data as Float32Array)[0]!;

function queueOf(...runs: ReturnType<typeof runOf>[]): RunQueue {
  const queue = new RunQueue();
  for (const run of runs) queue.push(run, true);
  return queue;
}

const takeAll = (queue: RunQueue, limits = WIDE): number[][] => {
  const taken: number[][] = [];
  while (queue.size > 0) taken.push(queue.take(limits).map(idOf));
  return taken;
};

test("the oldest goes first, with those behind it that have its tail shape and its outputs", () => {
  const queue = queueOf(runOf(1, 1), runOf(2, 1, 2), runOf(3, 2), runOf(4, 1, 1, "z"), runOf(5, 1, 2), runOf(6, 1));
  assert.deepEqual(takeAll(queue), [[1, 3, 6], [2, 5], [4]]);
});

test("what is left of a group keeps its place in the order", () => {
  const queue = queueOf(runOf(1, 1), runOf(2, 1), runOf(3, 1, 2), runOf(4, 1), runOf(5, 1));
  assert.deepEqual(takeAll(queue, { rows: 2, bytes: 1e9 }), [[1, 2], [3], [4, 5]]);
});

test("rows and bytes are bounded, and a larger request goes by itself", () => {
  assert.deepEqual(takeAll(queueOf(runOf(1, 2), runOf(2, 2), runOf(3, 9), runOf(4, 1)), { rows: 4, bytes: 1e9 }), [
    [1, 2],
    [3],
    [4],
  ]);
  assert.deepEqual(takeAll(queueOf(runOf(1, 1, 8), runOf(2, 1, 8), runOf(3, 1, 8)), { rows: 99, bytes: 64 }), [
    [1, 2],
    [3],
  ]);
});

test("inputs that disagree on their rows are never joined", () => {
  const uneven = () => {
    const one = new Tensor("float32", new Float32Array(1), [1, 1]);
    const two = new Tensor("float32", new Float32Array(2), [2, 1]);
    return pendingRun(
      { a: two, b: one },
      { y: null },
      () => {},
      () => {},
    );
  };
  const queue = queueOf(uneven(), uneven());
  assert.deepEqual([queue.take(WIDE).length, queue.take(WIDE).length, queue.size], [1, 1, 0]);
});

test("a run can be taken out once, and the sums follow", () => {
  const [first, second] = [runOf(1, 1), runOf(2, 3)];
  const queue = queueOf(first, second);
  assert.deepEqual([queue.size, queue.bytes], [2, 16]);
  assert.equal(queue.remove(first), true);
  assert.equal(queue.remove(first), false);
  assert.deepEqual([queue.size, queue.bytes], [1, 12]);
  assert.deepEqual(queue.clear().map(idOf), [2]);
  assert.deepEqual([queue.size, queue.bytes, queue.take(WIDE)], [0, 0, []]);
});
