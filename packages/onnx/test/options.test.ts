import assert from "node:assert/strict";
import { test } from "node:test";
import { onnx } from "../src/index.ts";

const refused = (options: unknown, message: RegExp): void => {
  assert.throws(() => onnx("m.onnx", options as never), { code: "invalid-option", message });
};

test("unknown options are refused by name, with the nearest", () => {
  refused({ nonfinite: "allow" }, /onnx\(\) has no option "nonfinite"; did you mean "nonFinite"\?/);
  refused(
    { session: { intraOpThreads: 1 } },
    /session of onnx\(\) has no option "intraOpThreads"; did you mean "intraOpNumThreads"\?/,
  );
});

test("values out of range are refused, with the rule", () => {
  refused({ nonFinite: true }, /nonFinite is true; it must be one of allow, refuse/);
  refused({ batching: "on" }, /batching is "on"; it must be one of auto, exact, off/);
  refused({ session: { graphOptimizationLevel: "none" } }, /"none"; it must be one of disabled, basic/);
  refused({ session: { executionMode: "fast" } }, /it must be one of sequential, parallel/);
  refused({ session: { logSeverityLevel: 5 } }, /it must be one of 0, 1, 2, 3, 4/);
  refused({ session: { intraOpNumThreads: 1.5 } }, /intraOpNumThreads is 1.5; it must be a whole number/);
  refused({ session: { interOpNumThreads: -1 } }, /interOpNumThreads is -1/);
  refused({ session: { config: { "session.disable_prepacking": 1 } } }, /values are strings, such as "1"/);
});

test("options of execution are known by name and range, and do not contradict each other", () => {
  refused({ execution: { worker: 2 } }, /execution of onnx\(\) has no option "worker"; did you mean "workers"\?/);
  refused({ execution: { mode: "threads" } }, /mode is "threads"; it must be one of auto, inline, workers/);
  refused({ execution: { workers: 65 } }, /workers is 65; it must be a whole number from 0 to 64/);
  refused({ execution: { maxBatchRows: 0 } }, /maxBatchRows is 0; it must be a whole number from 1 to 65536/);
  refused({ execution: { maxQueue: 1.5 } }, /maxQueue is 1.5; it must be a whole number from 1 to 1000000/);
  refused({ execution: { mode: "inline", workers: 2 } }, /mode is "inline" and workers is 2; set only one of them/);
});

test("the options of a source are not changed", () => {
  const options = Object.freeze({ session: Object.freeze({ intraOpNumThreads: 1 }) });
  assert.equal(onnx("m.onnx", options).uri, "m.onnx");
});
