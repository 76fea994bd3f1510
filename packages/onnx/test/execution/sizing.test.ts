import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "../../src/execution/settings.ts";
import { sizeOf } from "../../src/execution/sizing.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

const asked = (bytes: number, more: Partial<Parameters<typeof sizeOf>[0]> = {}) =>
  sizeOf({
    file: { path: "model.onnx", bytes, format: "onnx" },
    vcpus: 4,
    threadable: false,
    workers: undefined,
    intraOpNumThreads: undefined,
    memory: 8 * GIB,
    ...more,
  });

test("a model that can use threads has one worker with all of them, any other one worker for each processor", () => {
  assert.deepEqual(asked(100 * MIB, { threadable: true }), { workers: 1, intraOpNumThreads: 4 });
  assert.deepEqual(asked(3 * MIB), { workers: 4, intraOpNumThreads: 1 });
  assert.deepEqual(asked(3 * MIB, { vcpus: 0.5 }), { workers: 1, intraOpNumThreads: 1 });
  assert.deepEqual(asked(3 * MIB, { vcpus: 64 }), { workers: 8, intraOpNumThreads: 1 });
});

test("workers are as many as memory has room for, except where a mapped file is shared", () => {
  assert.deepEqual(asked(512 * MIB).workers, 2);
  assert.deepEqual(asked(4 * GIB).workers, 1);
  assert.deepEqual(asked(4 * GIB, { file: { path: "model.ort", bytes: 4 * GIB, format: "ort" } }).workers, 4);
});

test("what was asked for is kept, and the rest follows from it", () => {
  assert.deepEqual(asked(4 * GIB, { workers: 6 }), { workers: 6, intraOpNumThreads: 1 });
  assert.deepEqual(asked(MIB, { workers: 2, threadable: true }), { workers: 2, intraOpNumThreads: 2 });
  assert.deepEqual(asked(MIB, { intraOpNumThreads: 2, threadable: true }), { workers: 2, intraOpNumThreads: 2 });
  assert.deepEqual(asked(MIB, { intraOpNumThreads: 0, threadable: true }), { workers: 1, intraOpNumThreads: 0 });
});

test("settings come from the environment, else from the code, else are left to be measured", () => {
  const none = { mode: "auto", workers: undefined, maxBatchRows: undefined, maxQueue: 1000 };
  assert.deepEqual(readSettings({}, {}), none);
  assert.deepEqual(readSettings({ workers: 2 }, {}), { ...none, mode: "workers", workers: 2 });
  assert.deepEqual(readSettings({ workers: 0 }, {}), { ...none, mode: "inline" });
  assert.deepEqual(readSettings({ mode: "workers", maxQueue: 5 }, {}), { ...none, mode: "workers", maxQueue: 5 });
  const env = { TRICAST_WORKERS: "0", TRICAST_MAX_BATCH_ROWS: "8" };
  assert.deepEqual(readSettings({ mode: "workers", workers: 3, maxBatchRows: 2 }, env), {
    ...none,
    mode: "inline",
    maxBatchRows: 8,
  });
  assert.deepEqual(readSettings({ mode: "inline" }, { TRICAST_WORKERS: "2" }), {
    ...none,
    mode: "workers",
    workers: 2,
  });
});

test("a variable that is no whole number in range is refused, with the value and the rule", () => {
  for (const [variable, value, rule] of [
    ["TRICAST_WORKERS", "many", "0 to 64"],
    ["TRICAST_WORKERS", "65", "0 to 64"],
    ["TRICAST_MAX_BATCH_ROWS", "0", "1 to 65536"],
    ["TRICAST_MAX_BATCH_ROWS", "1.5", "1 to 65536"],
  ] as const) {
    assert.throws(() => readSettings({}, { [variable]: value }), {
      code: "invalid-option",
      message: `${variable} is "${value}"; it must be a whole number from ${rule}`,
    });
  }
});
