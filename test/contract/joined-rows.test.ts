import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import { type GraphSpec, writeOnnx } from "../../packages/onnx/test/support/onnx-writer.ts";
import { jsonOf, post } from "./support/core-testing.ts";
import { fleet, type Instance, type Subject } from "./support/fleet.ts";

/** Joined, each of these answers a row by other rows as well. */
interface MixingGraph {
  readonly spec: GraphSpec;
  readonly rows: readonly (readonly number[])[];
  /** Alone. */
  readonly answers: readonly (readonly number[])[];
}

const LARGE = [1000, -2000, 30, 4];

const MIXING: Readonly<Record<string, MixingGraph>> = {
  "a scale taken from all rows (dynamic quantisation)": {
    spec: graph(4, [
      { op: "DynamicQuantizeLinear", inputs: ["x"], outputs: ["q", "scale", "zero"] },
      { op: "DequantizeLinear", inputs: ["q", "scale", "zero"], outputs: ["y"] },
    ]),
    rows: [[1, 2, 3, 4], LARGE, [0, 0, 0, 0], [1, 2, 3, 4]],
    answers: [
      [1.0039216, 1.9921569, 2.9960785, 4],
      LARGE.map((value) => Math.round((value * 255) / 3000) * (3000 / 255)),
      [0, 0, 0, 0],
      [1.0039216, 1.9921569, 2.9960785, 4],
    ],
  },
  "sums along the rows": {
    spec: graph(
      4,
      [{ op: "CumSum", inputs: ["x", "axis"], outputs: ["y"] }],
      [{ name: "axis", dims: [], type: "int64", data: [0] }],
    ),
    rows: [LARGE, [1, 2, 3, 4], [0, 0, 0, 0]],
    answers: [LARGE, [1, 2, 3, 4], [0, 0, 0, 0]],
  },
  "a softmax over the rows": {
    spec: graph(1, [{ op: "Softmax", inputs: ["x"], outputs: ["y"], attributes: { axis: 0 } }]),
    rows: [[1], [3], [-2]],
    answers: [[1], [1], [1]],
  },
};

function graph(
  width: number,
  nodes: GraphSpec["nodes"],
  initializers: NonNullable<GraphSpec["initializers"]> = [],
): GraphSpec {
  return {
    nodes,
    inputs: [{ name: "x", type: "float32", shape: ["N", width] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", width] }],
    initializers,
  };
}

const folder = mkdtempSync(join(tmpdir(), "joined-"));
after(() => rmSync(folder, { recursive: true }));
let written = 0;

function write(spec: GraphSpec): string {
  const path = join(folder, `mixing-${written++}.onnx`);
  writeFileSync(path, writeOnnx(spec));
  return path;
}

function assertClose(got: unknown, expected: readonly number[], what: string): void {
  const values = (got as { readonly y: readonly number[] }).y.flat();
  const largest = Math.max(...expected.map(Math.abs));
  assert.equal(values.length, expected.length);
  for (const [at, value] of values.entries())
    assert.ok(Math.abs(value - expected[at]!) <= 1e-5 * largest, `${what}: ${values} instead of ${expected}`);
}

/** Enough at a time that a host which joins requests would. */
const PARALLEL = 40;

for (const [what, { spec, rows, answers }] of Object.entries(MIXING)) {
  const path = write(spec);
  const kinds = {
    "a graph without code": fleet(() => ({ predictor: definePredictor({ name: "graph", model: onnx(path) }) })),
    "a predict function": fleet(() => ({
      predictor: definePredictor({
        name: "code",
        model: onnx(path),
        examples: [{ x: rows[0]! }],
        async predict({ x }: { x: readonly number[] }, { model }) {
          return { y: (await model.run({ x: [x] })).y!.toArray() };
        },
      }),
    })),
  };
  for (const [kind, { each }] of Object.entries(kinds)) {
    each(`${what}: instances of ${kind} are answered as each alone`, async ({ send }: Instance<Subject>) => {
      const instances = rows.map((x) => ({ x }));
      const { predictions } = jsonOf(await send(post({ instances }))) as { predictions: readonly unknown[] };
      assert.equal(predictions.length, rows.length);
      for (const [at, answer] of answers.entries()) assertClose(predictions[at], answer, `instance ${at}`);
    });

    each(`${what}: parallel requests of ${kind} are answered as each alone`, async ({ send }: Instance<Subject>) => {
      const sent = Array.from({ length: PARALLEL }, (_, at) => send(post({ x: rows[at % rows.length] })));
      for (const [at, response] of (await Promise.all(sent)).entries())
        assertClose(jsonOf(response), answers[at % rows.length]!, `request ${at}`);
    });
  }
}
