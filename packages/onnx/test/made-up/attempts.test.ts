import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FeedReader } from "../../src/feeds.ts";
import { ATTEMPTS, madeUpAttempts } from "../../src/made-up/attempts.ts";
import { madeUpFeeds } from "../../src/made-up/made-up-feeds.ts";
import { noHints, readHints } from "../../src/made-up/read-hints.ts";
import type { GraphValues } from "../../src/metadata.ts";
import { isTensor } from "../../src/tensor/tensor.ts";
import { type GraphSpec, writeOnnx } from "../support/onnx-writer.ts";
import { GRAPHS } from "./graphs.ts";

type Inputs = GraphValues["inputs"];

const TYPES = ["float32", "float64", "float16", "int8", "int64", "uint64", "bool", "string"] as const;
const dim = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.constantFrom("N", "M", "?", "batch", "past_length", "N + M", "2*N", "N/0", "a - b", "0/0"),
);
const inputs: fc.Arbitrary<Inputs> = fc
  .array(fc.record({ type: fc.constantFrom(...TYPES), shape: fc.array(dim, { maxLength: 4 }) }), { maxLength: 4 })
  .map((values) => values.map((value, index) => ({ name: `x${index}`, ...value })));

/** What is wrong with the inputs of an attempt, by the checks that inputs of clients pass. */
function problemOf(given: Inputs, feeds: ReturnType<typeof madeUpFeeds>): unknown {
  const read = new FeedReader(given).read(feeds, (info, value) => {
    assert.ok(isTensor(value) && value.type === info.type);
    const fits = info.shape.every((size, axis) => typeof size === "string" || size === value.dims[axis]);
    assert.ok(fits && value.dims.length === info.shape.length);
    return value;
  });
  return Array.isArray(read) ? read : undefined;
}

test("generated inputs fit the types, shapes and shared dimensions of any graph, and are of limited size", () => {
  fc.assert(
    fc.property(inputs, (given) => {
      let elements = 0;
      for (const { feeds } of madeUpAttempts(given, noHints(given))) {
        assert.equal(problemOf(given, feeds), undefined);
        elements = Math.max(elements, ...Object.values(feeds).map(({ data }) => data.length));
        if (elements > 2 ** 20) break;
      }
      assert.ok(elements <= 2 ** 24);
    }),
    { numRuns: 100 },
  );
});

test("hints of another graph never make an attempt that does not fit", () => {
  const specs = Object.values(GRAPHS).slice(0, 30);
  fc.assert(
    fc.property(inputs, fc.constantFrom(...specs), (given, spec) => {
      const renamed = given.map((input, index) => ({ ...input, name: spec.inputs[index]?.name ?? input.name }));
      const hints = readHints({ path: "", bytes: 0, format: "onnx", content: writeOnnx(spec) }, renamed);
      const feeds = madeUpFeeds(renamed, hints, ATTEMPTS[0]!);
      if (feeds !== undefined) assert.equal(problemOf(renamed, feeds), undefined);
    }),
    { numRuns: 300 },
  );
});

test("the first attempt is small: cheap to run, before larger ones", () => {
  const given: Inputs = [{ name: "x", type: "float32", shape: ["b", 3, "h", "w"] }];
  const sizes = [...madeUpAttempts(given, noHints(given))].map(({ feeds }) => feeds.x!.data.length);
  assert.deepEqual([sizes[0], Math.max(...sizes)], [3, 3 * 640 * 640]);
});

test("random inputs are the same for a seed, floats from -1 to 1, and integers 0 or 1", () => {
  const given = TYPES.map((type) => ({ name: type, type, shape: ["N", 2, "S"] }));
  const make = (seed: number) =>
    madeUpFeeds(given, noHints(given), { batch: 16, open: 8, suggested: true, values: { seed } })!;
  const feeds = make(1);
  for (const type of TYPES) assert.deepEqual(feeds[type]?.dims, [16, 2, 8]);
  assert.deepEqual(make(1), feeds);
  assert.notDeepEqual(make(2), feeds);
  const floats = feeds.float32!.data as Float32Array;
  assert.ok(floats.every((value) => value >= -1 && value <= 1) && new Set(floats).size > 200);
  assert.deepEqual([...new Set(feeds.int64!.data as BigInt64Array)].sort(), [0n, 1n]);
});

const image = { name: "x", type: "float32", shape: ["b", 1, "h", "w"] } as const;

function chain(length: number, attributes: Record<string, readonly number[]>): GraphSpec {
  return {
    nodes: Array.from({ length }, (_, index) => ({
      op: "Conv",
      inputs: [index === 0 ? "x" : `h${index}`, "w"],
      outputs: [index === length - 1 ? "y" : `h${index + 1}`],
      attributes,
    })),
    inputs: [image],
    outputs: [{ name: "y", type: "float32" }],
    initializers: [{ name: "w", dims: [1, 1, 3, 3], type: "float32", data: new Float32Array(9) }],
  };
}

for (const [what, content] of [
  ["a stride of 0", writeOnnx(chain(3, { strides: [0, 0] }))],
  ["negative padding", writeOnnx(chain(3, { pads: [-9, -9, -9, -9] }))],
  ["20,000 convolutions", writeOnnx(chain(20_000, {}))],
  ["strides of billions", writeOnnx(chain(30, { strides: [2 ** 31, 2 ** 31] }))],
  ["a cut file", writeOnnx(chain(3, {})).subarray(0, 90)],
  ["no graph", new Uint8Array()],
] as const) {
  test(`a graph with ${what} gives attempts, or none, and no error`, () => {
    const hints = readHints({ path: "hostile", bytes: 0, format: "onnx", content }, [image]);
    for (const { feeds } of madeUpAttempts([image], hints)) {
      assert.equal(problemOf([image], feeds), undefined);
      break;
    }
  });
}

test("an integer that is compared with a fraction is an integer", () => {
  const spec: GraphSpec = {
    nodes: [
      { op: "Cast", inputs: ["i"], outputs: ["f"], attributes: { to: 1 } },
      { op: "Equal", inputs: ["f", "half"], outputs: ["y"] },
    ],
    inputs: [{ name: "i", type: "int64", shape: ["N"] }],
    outputs: [{ name: "y", type: "bool", shape: ["N"] }],
    initializers: [{ name: "half", dims: [1], type: "float32", data: [1.5] }],
  };
  const given: Inputs = [{ name: "i", type: "int64", shape: ["N"] }];
  const hints = readHints({ path: "half", bytes: 0, format: "onnx", content: writeOnnx(spec) }, given);
  assert.deepEqual(madeUpFeeds(given, hints, ATTEMPTS[0]!)?.i?.data, BigInt64Array.of(1n));
});
