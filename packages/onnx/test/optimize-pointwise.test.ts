import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { OnnxModel } from "../src/index.ts";
import { differenceOf } from "../src/optimize/compare-outputs.ts";
import { toPointwise } from "../src/optimize/pointwise/to-pointwise.ts";
import { modelOpener } from "./support/models.ts";
import { type GraphSpec, type InitializerSpec, type NodeSpec, writeOnnx } from "./support/onnx-writer.ts";

const open = modelOpener();

/** A layer of a made-up network: how it is written, its width, and what follows it. */
interface Layer {
  readonly kind: "MatMul" | "Gemm" | "Gemm, transposed";
  readonly width: number;
  readonly followedBy: "Relu" | "Tanh" | "Softmax" | "nothing" | "add itself";
}

const layer: fc.Arbitrary<Layer> = fc.record({
  kind: fc.constantFrom("MatMul", "Gemm", "Gemm, transposed"),
  // Multiples of the channel block and not, and layers too small to be rewritten.
  width: fc.constantFrom(4, 100, 126, 128, 200, 257),
  followedBy: fc.constantFrom("Relu", "Tanh", "Softmax", "nothing", "add itself"),
});

const FEATURES = 132;

function network(layers: readonly Layer[], seed: number): GraphSpec {
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
    const inputs = followedBy === "add itself" ? [y, y] : [y];
    nodes.push({ op: followedBy === "add itself" ? "Add" : followedBy, inputs, outputs: [`${y}z`] });
    value = `${y}z`;
  }
  return {
    nodes: [...nodes, { op: "Identity", inputs: [value], outputs: ["y"] }],
    initializers,
    inputs: [{ name: "x", type: "float32", shape: ["N", FEATURES] }],
    outputs: [
      { name: "y", type: "float32", shape: ["N", width] },
      // A value in the middle that is an output as well.
      { name: "y0", type: "float32", shape: ["N", layers[0]!.width] },
    ],
  };
}

async function answers(bytes: Uint8Array, rows: number) {
  const model: OnnxModel = open(bytes);
  const x = Float32Array.from({ length: rows * FEATURES }, (_, index) => Math.sin(index * 0.37));
  return model.run({ x });
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
    fc.constantFrom(1, 2, 7, 16),
    async (layers, seed, rows) => {
      const bytes = writeOnnx(network(layers, seed));
      const other = rewritten(bytes);
      const widths = [FEATURES, ...layers.map(({ width }) => width)];
      assert.equal(
        other !== undefined,
        // Softmax is a stranger, behind which the rank of a plain product's input is not known.
        layers.some((one, index) => isRewritable(one, widths[index]!) && rankIsKnown(layers, index)),
      );
      if (other === undefined) return;
      rewrites++;
      assert.ok(differenceOf(await answers(bytes, rows), await answers(other, rows)) < 1e-5);
    },
  );
  await fc.assert(property, { numRuns: 60 });
  assert.ok(rewrites > 10, `${rewrites} of 60 networks had layers to rewrite`);
});

/** A Gemm takes two dimensions; of a MatMul's input they must be known from what made it. */
function rankIsKnown(layers: readonly Layer[], index: number): boolean {
  if (layers[index]!.kind !== "MatMul" || index === 0) return true;
  const before = layers[index - 1]!;
  const widthBefore = index === 1 ? FEATURES : layers[index - 2]!.width;
  const wasRewritten = isRewritable(before, widthBefore) && rankIsKnown(layers, index - 1);
  if (before.followedBy === "Softmax") return false;
  if (before.followedBy === "add itself") return wasRewritten;
  return wasRewritten || before.kind !== "MatMul";
}

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

test("a matrix product over three dimensions is left alone", () => {
  const nodes = [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }];
  const three = [{ name: "x", type: "float32", shape: ["N", "S", 128] }] as const;
  assert.equal(rewritten(dense({ nodes, inputs: three })), undefined);
  assert.ok(rewritten(dense({ nodes })) !== undefined);
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
