import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type OnnxModel, Tensor } from "../src/index.ts";
import { differenceOf } from "../src/optimize/compare-outputs.ts";
import { toPointwise } from "../src/optimize/pointwise/to-pointwise.ts";
import { modelOpener } from "./support/models.ts";
import { type GraphSpec, type InitializerSpec, type NodeSpec, writeOnnx } from "./support/onnx-writer.ts";

const open = modelOpener();

/** A layer of a made-up network: how it is written, its width, and what follows it. */
interface Layer {
  readonly kind: "MatMul" | "Gemm" | "Gemm, transposed";
  readonly width: number;
  readonly followedBy: "Relu" | "Tanh" | "Softmax" | "nothing" | "add itself" | "add a bias" | "one minus it";
}

const layer: fc.Arbitrary<Layer> = fc.record({
  kind: fc.constantFrom("MatMul", "Gemm", "Gemm, transposed"),
  // Multiples of the channel block and not, and layers too small to be rewritten.
  width: fc.constantFrom(4, 100, 126, 128, 200, 257),
  followedBy: fc.constantFrom("Relu", "Tanh", "Softmax", "nothing", "add itself", "add a bias", "one minus it"),
});

const FEATURES = 132;

/** @param leading Dimensions of the input before the features. */
function network(layers: readonly Layer[], seed: number, leading: readonly string[]): GraphSpec {
  const nodes: NodeSpec[] = [];
  const initializers: InitializerSpec[] = [];
  let [value, width] = ["x", FEATURES];
  for (const [index, { kind, width: columns, followedBy }] of layers.entries()) {
    const [w, b, y] = [`w${index}`, `b${index}`, `y${index}`];
    const transposed = kind === "Gemm, transposed";
    const dims = transposed ? [columns, width] : [width, columns];
    const data = Float32Array.from(
      { length: width * columns },
      (_, i) => Math.sin(seed + index + i * 1.7) / Math.sqrt(width),
    );
    initializers.push({ name: w, dims, type: "float32", data });
    if (kind === "MatMul") nodes.push({ op: "MatMul", inputs: [value, w], outputs: [y] });
    else {
      initializers.push({
        name: b,
        dims: [columns],
        type: "float32",
        data: Array.from({ length: columns }, (_, i) => Math.cos(i)),
      });
      nodes.push({ op: "Gemm", inputs: [value, w, b], outputs: [y], attributes: transposed ? { transB: 1 } : {} });
    }
    [value, width] = [y, columns];
    if (followedBy === "nothing") continue;
    const [op, inputs] = operation(followedBy, y, `c${index}`);
    initializers.push({ name: `c${index}`, ...constantOf(followedBy, columns) });
    nodes.push({ op, inputs, outputs: [`${y}z`] });
    value = `${y}z`;
  }
  return {
    nodes: [...nodes, { op: "Identity", inputs: [value], outputs: ["y"] }],
    initializers,
    inputs: [{ name: "x", type: "float32", shape: [...leading, FEATURES] }],
    outputs: [
      { name: "y", type: "float32", shape: [...leading, width] },
      // A value in the middle that is an output as well.
      { name: "y0", type: "float32", shape: [...leading, layers[0]!.width] },
    ],
  };
}

function operation(followedBy: Layer["followedBy"], value: string, constant: string): [op: string, inputs: string[]] {
  if (followedBy === "add itself") return ["Add", [value, value]];
  if (followedBy === "add a bias") return ["Add", [value, constant]];
  if (followedBy === "one minus it") return ["Sub", [constant, value]];
  return [followedBy, [value]];
}

function constantOf(followedBy: Layer["followedBy"], columns: number) {
  const count = followedBy === "add a bias" ? columns : 1;
  return {
    dims: count === 1 ? [] : [count],
    type: "float32",
    data: new Float32Array(count).fill(1).map(Math.sin),
  } as const;
}

async function answers(bytes: Uint8Array, dims: readonly number[]) {
  const model: OnnxModel = open(bytes);
  const count = dims.reduce((product, dim) => product * dim, FEATURES);
  const data = Float32Array.from({ length: count }, (_, index) => Math.sin(index * 0.37));
  return model.run({ x: new Tensor("float32", data, [...dims, FEATURES]) });
}

const rewritten = (bytes: Uint8Array): Uint8Array | undefined => {
  const pieces = toPointwise(bytes);
  return pieces === undefined ? undefined : new Uint8Array(Buffer.concat(pieces));
};

const isRewritable = ({ width }: Layer, from: number): boolean => from % 4 === 0 && from * width >= 16_384;

test("networks answer the same with their dense layers as convolutions, whatever lies between the layers", async () => {
  let rewrites = 0;
  const property = fc.asyncProperty(
    fc.array(layer, { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 0, max: 1000 }),
    fc.constantFrom([1], [2], [16], [1, 1], [2, 3], [3, 1, 2]),
    async (anyLayers, seed, dims) => {
      // A Gemm takes two dimensions.
      const layers = anyLayers.map((one) => (dims.length > 1 ? { ...one, kind: "MatMul" as const } : one));
      const bytes = writeOnnx(network(layers, seed, ["A", "B", "C"].slice(0, dims.length)));
      const other = rewritten(bytes);
      const widths = [FEATURES, ...layers.map(({ width }) => width)];
      assert.equal(
        other !== undefined,
        layers.some((one, index) => isRewritable(one, widths[index]!)),
      );
      if (other === undefined) return;
      rewrites++;
      assert.ok(differenceOf(await answers(bytes, dims), await answers(other, dims)) < 1e-5);
    },
  );
  await fc.assert(property, { numRuns: 100 });
  assert.ok(rewrites > 10, `${rewrites} of 100 networks had layers to rewrite`);
});

const dense = (overrides: Partial<GraphSpec> = {}, attributes: NodeSpec["attributes"] = {}): Uint8Array =>
  writeOnnx({
    nodes: [{ op: "Gemm", inputs: ["x", "w"], outputs: ["y"], attributes }],
    initializers: [{ name: "w", dims: [128, 128], type: "float32", data: new Float32Array(128 * 128).fill(0.01) }],
    inputs: [{ name: "x", type: "float32", shape: ["N", 128] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 128] }],
    ...overrides,
  });

test("a dense layer is rewritten; one that is scaled, or takes its input transposed, is left alone", () => {
  assert.ok(rewritten(dense()) !== undefined);
  assert.equal(rewritten(dense({}, { alpha: { float: 0.5 } })), undefined);
  assert.equal(rewritten(dense({}, { transA: 1 })), undefined);
});

test("weights that the caller may replace are left alone", () => {
  const inputs = [
    { name: "x", type: "float32", shape: ["N", 128] },
    { name: "w", type: "float32", shape: [128, 128] },
  ] as const;
  assert.equal(rewritten(dense({ inputs })), undefined);
});

test("a matrix product over more than two dimensions needs a Slice that takes its places as inputs", () => {
  const nodes = [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }];
  const three = [{ name: "x", type: "float32", shape: ["N", "S", 128] }] as const;
  assert.ok(rewritten(dense({ nodes, inputs: three })) !== undefined);
  assert.equal(rewritten(dense({ nodes, inputs: three, opset: 9 })), undefined);
  assert.ok(rewritten(dense({ nodes, opset: 9 })) !== undefined);
});

test("a value that is repeated along its rows is added in its own form", async () => {
  const nodes = [
    { op: "MatMul", inputs: ["x", "w"], outputs: ["a"] },
    { op: "MatMul", inputs: ["position", "w"], outputs: ["b"] },
    { op: "Add", inputs: ["a", "b"], outputs: ["y"] },
  ];
  const inputs = [
    { name: "x", type: "float32", shape: ["N", "S", 128] },
    { name: "position", type: "float32", shape: [1, "S", 128] },
  ] as const;
  const bytes = dense({ nodes, inputs, outputs: [{ name: "y", type: "float32", shape: ["N", "S", 128] }] });
  const waves = (rows: number) => Float32Array.from({ length: rows * 128 }, (_, index) => Math.sin(index));
  const feeds = {
    x: new Tensor("float32", waves(6), [2, 3, 128]),
    position: new Tensor("float32", waves(3), [1, 3, 128]),
  };
  const other = rewritten(bytes);
  assert.ok(other !== undefined);
  assert.ok(differenceOf(await open(bytes).run(feeds), await open(other).run(feeds)) < 1e-5);
});

test("weights shared by two layers stay for the one that is not rewritten", async () => {
  const nodes = [
    { op: "Gemm", inputs: ["x", "w"], outputs: ["h"] },
    { op: "Gemm", inputs: ["h", "w"], outputs: ["y"], attributes: { transA: 1 } },
  ];
  const bytes = dense({ nodes, outputs: [{ name: "y", type: "float32", shape: [128, 128] }] });
  const run = async (model: OnnxModel) => model.run({ x: new Float32Array(128 * 128).fill(0.5) });
  const other = rewritten(bytes);
  assert.ok(other !== undefined);
  assert.ok(differenceOf(await run(open(bytes)), await run(open(other))) < 1e-5);
});

test("bytes that are not a model are refused with a code, whatever they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        toPointwise(bytes);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "model-invalid", String(error));
      }
    }),
  );
});
