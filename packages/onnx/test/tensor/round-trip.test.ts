import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Nested, OnnxModel, TensorInput, TensorType } from "../../src/index.ts";
import { float16Value } from "../../src/tensor/float16.ts";
import { modelOpener } from "../support/models.ts";
import { identity } from "../support/onnx-writer.ts";

const open = modelOpener();

const integer = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, 0));
const spelledOr = (numbers: fc.Arbitrary<number>): fc.Arbitrary<number | string> =>
  fc.oneof({ weight: 5, arbitrary: numbers }, fc.constantFrom("NaN", "Infinity", "-Infinity"));

/** int64 as clients may give it, and what it means. */
function integer64(min: bigint, max: bigint): fc.Arbitrary<bigint | number | string> {
  const exact = fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n, 2n ** 53n, 2n ** 53n + 1n));
  const safe = fc.maxSafeInteger().map((value) => (min === 0n ? Math.abs(value) : value));
  return fc.oneof(exact, exact.map(String), safe);
}

/** Elements as a client may send them, extremes included. */
const ELEMENT: Record<TensorType, fc.Arbitrary<number | string | bigint | boolean>> = {
  float32: spelledOr(
    fc.oneof(fc.double({ min: -3.4e38, max: 3.4e38 }), fc.constantFrom(3.4028235677973362e38, 1e-45, -0)),
  ),
  float64: spelledOr(fc.oneof(fc.double(), fc.constantFrom(Number.MAX_VALUE, Number.MIN_VALUE, -0))),
  float16: spelledOr(
    fc.oneof(fc.integer({ min: 0, max: 0xffff }).map(float16Value), fc.double({ min: -65519, max: 65519 })),
  ),
  int8: integer(-128, 127),
  int16: integer(-32768, 32767),
  int32: integer(-2147483648, 2147483647),
  int64: integer64(-(2n ** 63n), 2n ** 63n - 1n),
  uint8: integer(0, 255),
  uint16: integer(0, 65535),
  uint32: integer(0, 4294967295),
  uint64: integer64(0n, 2n ** 64n - 1n),
  bool: fc.constantFrom<boolean | number>(true, false, 0, 1),
  string: fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\0", "0")),
};

type Leaf = number | string | bigint | boolean;

/** What an element is once it has been through a tensor, written independently of the converters. */
function meaning(type: TensorType, value: Leaf): Leaf {
  if (type === "bool") return value === true || value === 1;
  if (type === "string") return value;
  if (type.endsWith("int64")) {
    const exact = BigInt(value);
    return exact >= BigInt(Number.MIN_SAFE_INTEGER) && exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact;
  }
  if (type === "float32") return Math.fround(Number(value));
  if (type === "float16") return Math.f16round(Number(value));
  // Adding 0 makes the negative zero that integers do not have a zero.
  return type === "float64" ? Number(value) : Number(value) + 0;
}

function nest(values: readonly Leaf[], dims: readonly number[]): Nested<Leaf> {
  if (dims.length === 0) return values[0]!;
  const size = values.length / dims[0]!;
  const rows = Array.from({ length: dims[0]! }, (_, row) => values.slice(row * size, (row + 1) * size));
  return rows.map((row) => nest(row, dims.slice(1)));
}

const dims = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });

const elements = (type: TensorType): fc.Arbitrary<{ shape: number[]; values: Leaf[] }> =>
  dims.chain((shape) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return fc
      .array(ELEMENT[type], { minLength: count, maxLength: count })
      .map((values) => ({ shape, values: values as Leaf[] }));
  });

const byRank = new Map<string, OnnxModel>();

function identityModel(type: TensorType, rank: number): OnnxModel {
  const key = `${type}${rank}`;
  const model = byRank.get(key) ?? open(identity(type, ["a", "b", "c"].slice(0, rank)));
  byRank.set(key, model);
  return model;
}

for (const type of Object.keys(ELEMENT) as TensorType[]) {
  test(`${type} comes through the runtime exactly, nested, flat and as the tensor it gave`, async () => {
    await fc.assert(
      fc.asyncProperty(elements(type), async ({ shape, values }) => {
        const expected = nest(
          values.map((value) => meaning(type, value)),
          shape,
        );
        const nested = await identityModel(type, shape.length).run({ x: nest(values, shape) as TensorInput });
        assert.deepStrictEqual(nested.y!.toArray(), expected);
        assert.deepEqual(nested.y!.dims, shape);
        const again = await identityModel(type, shape.length).run({ x: nested.y! });
        assert.deepStrictEqual(again.y!.toArray(), expected);
        const flat = await identityModel(type, 1).run({ x: values as TensorInput });
        assert.deepStrictEqual(flat.y!.toArray(), nest(expectedFlat(type, values), [values.length]));
      }),
      { numRuns: 150 },
    );
  });

  test(`${type} comes through the runtime when there is no element, and as a scalar`, async () => {
    const empty = await identityModel(type, 2).run({ x: [[], []] });
    assert.deepEqual(empty.y!.dims, [2, 0]);
    assert.deepEqual(empty.y!.toArray(), [[], []]);
    const scalar = open(identity(type, []));
    const value = type === "string" ? "é" : type === "bool" ? true : 1;
    assert.deepEqual((await scalar.run({ x: value })).y!.toArray(), value);
  });
}

function expectedFlat(type: TensorType, values: readonly Leaf[]): Leaf[] {
  return values.map((value) => meaning(type, value));
}

test("a typed array of the graph's own element type comes through exactly", async () => {
  const arrays: [TensorType, TensorInput][] = [
    ["float32", Float32Array.of(1.5, -0, NaN)],
    ["float64", Float64Array.of(1e300, -0, NaN)],
    ["int64", BigInt64Array.of(-(2n ** 63n), 1n, 5n)],
    ["uint64", BigUint64Array.of(2n ** 64n - 1n, 1n, 5n)],
    ["int8", Int8Array.of(-128, 0, 127)],
    ["uint16", new Uint16Array([1, 2, 3, 4]).subarray(1)],
    ["bool", Uint8Array.of(1, 0, 1)],
  ];
  for (const [type, x] of arrays) {
    const { y } = await identityModel(type, 1).run({ x });
    assert.deepEqual(y!.data, x, type);
  }
});

test("float16 takes Float16Array, the bits, and numbers", async () => {
  const model = identityModel("float16", 1);
  const numbers = [1.5, -65504, 2 ** -24, 0];
  const bits = new Uint16Array(Float16Array.from(numbers).buffer);
  for (const x of [Float16Array.from(numbers) as unknown as TensorInput, bits, numbers, Float32Array.from(numbers)]) {
    assert.deepEqual((await model.run({ x })).y!.toArray(), numbers);
  }
});

test("a typed array of another element type is converted element by element", async () => {
  assert.deepEqual((await identityModel("float32", 1).run({ x: Int32Array.of(1, -2) })).y!.toArray(), [1, -2]);
  assert.deepEqual((await identityModel("int64", 1).run({ x: Int32Array.of(1, -2) })).y!.toArray(), [1, -2]);
  await assert.rejects(identityModel("int8", 1).run({ x: Float32Array.of(1, 2.5) }), /\/x\/1: expected an integer/);
  await assert.rejects(identityModel("uint64", 1).run({ x: BigInt64Array.of(-1n) }), /-1 is out of range for uint64/);
});

test("JSON spells what it has no number for", async () => {
  const { y } = await identityModel("float32", 2).run({
    x: [
      [1.5, NaN],
      ["Infinity", -Infinity],
    ],
  });
  assert.equal(JSON.stringify(y), '[[1.5,"NaN"],["Infinity","-Infinity"]]');
  assert.deepEqual(y!.toArray(), [
    [1.5, NaN],
    [Infinity, -Infinity],
  ]);
});
