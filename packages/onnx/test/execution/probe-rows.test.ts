import assert from "node:assert/strict";
import { test } from "node:test";
import { InlineTurns } from "../../src/execution/inline-turns.ts";
import type { Lane } from "../../src/execution/lane.ts";
import { probeRows } from "../../src/execution/probe-rows.ts";
import type { Feeds } from "../../src/feeds.ts";
import { Tensor } from "../../src/index.ts";
import type { LoadedModel } from "../../src/model.ts";
import { modelOpener } from "../support/models.ts";
import { type GraphSpec, writeOnnx } from "../support/onnx-writer.ts";
import { centred, filtered, quantised, times } from "./support/graphs.ts";

const open = modelOpener();

function laneOf(bytes: Uint8Array): Lane {
  return new InlineTurns(open(bytes) as unknown as LoadedModel, () => {}).any();
}

const floats = (...values: readonly number[]): Feeds => ({
  x: new Tensor("float32", Float32Array.from(values), [1, values.length]),
});

function graph(
  nodes: GraphSpec["nodes"],
  type: "float32" | "int64",
  initializers: NonNullable<GraphSpec["initializers"]> = [],
): Uint8Array {
  return writeOnnx({
    nodes,
    inputs: [{ name: "x", type, shape: ["N", 2] }],
    outputs: [{ name: "y", type, shape: ["N", 2] }],
    initializers,
  });
}

/** Inputs that a probe made of them alone would be blind with: zeros, symmetric, all alike. */
const BLIND = { zeros: [0, 0], symmetric: [3, 3], ones: [1, 1] } as const;

for (const [what, values] of Object.entries(BLIND)) {
  for (const [how, bytes] of Object.entries({
    "a scale from all rows": quantised(),
    "a mean over the rows": centred(),
  })) {
    test(`${how} shows itself though the request at hand is ${what}`, async () => {
      assert.match(
        String(
          ((await probeRows(laneOf(bytes), floats(...values), { y: null })) as { unbatchable: string }).unbatchable,
        ),
        /depends on the other rows/,
      );
    });
  }
}

test("a small row is judged by its own magnitude, beside one of any size", async () => {
  // 1e-4 of the largest value is more than all of a small row.
  const sums = graph(
    [{ op: "CumSum", inputs: ["x", "axis"], outputs: ["y"], attributes: { exclusive: 0 } }],
    "float32",
    [{ name: "axis", dims: [], type: "int64", data: [0] }],
  );
  const found = await probeRows(laneOf(sums), floats(1000, 1000), { y: null });
  assert.match((found as { unbatchable: string }).unbatchable, /depends on the other rows/);
});

test("rows of ids that meet show themselves, and ids stay those that the graph knows", async () => {
  const ids = { x: new Tensor("int64", BigInt64Array.of(1n, 3n), [1, 2]) };
  const highest = graph(
    [
      { op: "ReduceMax", inputs: ["x"], outputs: ["most"], attributes: { axes: [0], keepdims: 1 } },
      { op: "Sub", inputs: ["x", "most"], outputs: ["y"] },
    ],
    "int64",
  );
  assert.match(
    ((await probeRows(laneOf(highest), ids, { y: null })) as { unbatchable: string }).unbatchable,
    /depends/,
  );
  const looked = writeOnnx({
    nodes: [{ op: "Gather", inputs: ["table", "x"], outputs: ["y"] }],
    inputs: [{ name: "x", type: "int64", shape: ["N", 2] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
    initializers: [{ name: "table", dims: [4], type: "float32", data: [1, 2, 3, 4] }],
  });
  assert.ok("requests" in (await probeRows(laneOf(looked), ids, { y: null })));
});

test("a run that gives another number of rows is told, and one that keeps them apart has its time", async () => {
  const keep = {
    x: new Tensor("float32", Float32Array.of(1), [1, 1]),
    keep: new Tensor("bool", Uint8Array.of(0), [1]),
  };
  const found = await probeRows(laneOf(filtered()), keep, { y: null });
  assert.match(
    (found as { unbatchable: string }).unbatchable,
    /the inputs have \d+ rows, and output "y" has shape \[0, 1\]/,
  );
  const kept = await probeRows(laneOf(times(3)), floats(1, 2), { y: null });
  assert.deepEqual([(kept as { requests: number }).requests, (kept as { ms: number }).ms >= 0], [5, true]);
});
