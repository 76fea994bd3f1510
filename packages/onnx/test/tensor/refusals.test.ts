import assert from "node:assert/strict";
import { test } from "node:test";
import { isTricastError } from "@tricast/core";
import { type OnnxModel, type Shape, Tensor, type TensorInput, type TensorType } from "../../src/index.ts";
import { modelOpener } from "../support/models.ts";
import { identity, writeOnnx } from "../support/onnx-writer.ts";

const open = modelOpener();
const models = new Map<string, OnnxModel>();

function model(type: TensorType, shape: Shape): OnnxModel {
  const key = `${type}${shape}`;
  const found = models.get(key) ?? open(identity(type, shape));
  models.set(key, found);
  return found;
}

async function issuesOf(promise: Promise<unknown>): Promise<readonly { pointer: string; message: string }[]> {
  const error = await promise.then(
    () => assert.fail("the input was taken"),
    (reason: unknown) => reason,
  );
  assert.ok(isTricastError(error), String(error));
  assert.equal(error.code, "invalid-tensor");
  assert.ok(error.issues !== undefined && error.issues.length > 0);
  return error.issues;
}

type Case = readonly [what: string, type: TensorType, shape: Shape, value: unknown, pointer: string, message: string];

const CASES: readonly Case[] = [
  [
    "a row that is too short",
    "float32",
    ["N", 3],
    [
      [1, 2, 3],
      [4, 5],
    ],
    "/x/1",
    "expected a list of 3, as in shape [2, 3], got a list of 2",
  ],
  [
    "a row that is no list",
    "float32",
    ["N", 3],
    [[1, 2, 3], 4],
    "/x/1",
    "expected a list of 3, as in shape [2, 3], got 4",
  ],
  [
    "a ragged inner row",
    "float32",
    ["N", 2, 2],
    [
      [
        [1, 2],
        [3, 4],
      ],
      [[5, 6], [7]],
    ],
    "/x/1/1",
    "expected a list of 2, as in shape [2, 2, 2], got a list of 1",
  ],
  [
    "a list in place of a number",
    "float32",
    ["N", 2],
    [[1, [2]]],
    "/x/0/1",
    "expected a float32 number, got a list of 1",
  ],
  [
    "a size the graph fixes",
    "float32",
    ["N", 4],
    [[1, 2, 3]],
    "/x",
    "expected shape [N, 4], got [1, 3]: dimension 1 is 3, not 4",
  ],
  ["lists nested too deep", "float32", ["N"], [[1]], "/x", "expected 1 level of lists for shape [N], got 2: [1, 1]"],
  [
    "a flat list of the wrong length",
    "float32",
    ["N", 4],
    [1, 2, 3],
    "/x",
    "expected a multiple of 4 elements for shape [N, 4], got a flat list of 3",
  ],
  [
    "a flat list with two open dimensions",
    "float32",
    ["N", "M"],
    [1, 2],
    "/x",
    "expected lists nested as shape [N, M], got a flat list of 2",
  ],
  [
    "a single value that fills no row",
    "float32",
    ["N", 4],
    1,
    "/x",
    "expected a multiple of 4 elements for shape [N, 4], got a single value",
  ],
  ["an object", "float32", ["N"], { 0: 1 }, "/x", "expected float32 values of shape [N], got an object"],
  ["null", "float32", ["N"], null, "/x", "expected float32 values of shape [N], got null"],
  ["null among numbers", "float32", ["N"], [1, null], "/x/1", "expected a float32 number, got null"],
  ["text among numbers", "float64", ["N"], [1, "1"], "/x/1", 'expected a float64 number, got "1"'],
  ["a hole among numbers", "float32", ["N"], new Array(2), "/x/0", "expected a float32 number, got undefined"],
  [
    "a number past float32",
    "float32",
    ["N"],
    [0, 1e39],
    "/x/1",
    "1e+39 is out of range for float32 (largest 3.4028234663852886e38)",
  ],
  [
    "a number that rounds past float32",
    "float32",
    ["N"],
    [-(2 ** 128 - 2 ** 103)],
    "/x/0",
    "-3.4028235677973366e+38 is out of range for float32 (largest 3.4028234663852886e38)",
  ],
  ["a number past float16", "float16", ["N"], [65520], "/x/0", "65520 is out of range for float16 (largest 65504)"],
  [
    "a bigint past float64",
    "float64",
    ["N"],
    [10n ** 400n],
    "/x/0",
    `${10n ** 400n} is out of range for float64 (largest 1.7976931348623157e308)`,
  ],
  ["a fraction", "int32", ["N"], [1, 2.5], "/x/1", "expected an integer (int32), got 2.5"],
  ["a fraction for int64", "int64", ["N"], [0.1], "/x/0", "expected an integer (int64), got 0.1"],
  ["an integer past int8", "int8", ["N"], [128], "/x/0", "128 is out of range for int8 (-128 to 127)"],
  ["a negative unsigned", "uint32", ["N"], [-1], "/x/0", "-1 is out of range for uint32 (0 to 4294967295)"],
  [
    "an integer past uint64",
    "uint64",
    ["N"],
    [2n ** 64n],
    "/x/0",
    "18446744073709551616 is out of range for uint64 (0 to 18446744073709551615)",
  ],
  [
    "decimal text past int64",
    "int64",
    ["N"],
    ["9223372036854775808"],
    "/x/0",
    "9223372036854775808 is out of range for int64 (-9223372036854775808 to 9223372036854775807)",
  ],
  [
    "a number past the safe integers",
    "int64",
    ["N"],
    [2 ** 53],
    "/x/0",
    "9007199254740992 is larger than the integers that a number stores exactly; send the int64 as a decimal string, or a bigint",
  ],
  ["other text for int64", "int64", ["N"], ["0x10"], "/x/0", 'expected an integer (int64), got "0x10"'],
  ["text for int32", "int32", ["N"], ["1"], "/x/0", 'expected an integer (int32), got "1"'],
  ["NaN for an integer", "int32", ["N"], [NaN], "/x/0", "expected an integer (int32), got NaN"],
  ["true for a number", "float32", ["N"], [true], "/x/0", "expected a float32 number, got true"],
  ["2 for a bool", "bool", ["N"], [true, 2], "/x/1", "expected a bool (true, false, 1 or 0), got 2"],
  ["text for a bool", "bool", ["N"], ["true"], "/x/0", 'expected a bool (true, false, 1 or 0), got "true"'],
  ["a number for a string", "string", ["N"], ["a", 1], "/x/1", "expected a string, got 1"],
  [
    "a string the runtime would cut",
    "string",
    ["N"],
    ["a\0b"],
    "/x/0",
    'the string "a\\u0000b" contains a NUL character, where ONNX Runtime would cut it; remove it',
  ],
  [
    "a string that is no Unicode",
    "string",
    ["N"],
    ["\ud800"],
    "/x/0",
    'the string "\\ud800" contains a lone surrogate, which UTF-8 cannot encode; remove it',
  ],
  ["a bare value of the wrong kind", "float32", [1], "x", "/x", 'expected a float32 number, got "x"'],
  [
    "a tensor of another type",
    "float32",
    ["N"],
    new Tensor("float64", Float64Array.of(1), [1]),
    "/x",
    "expected a float32 tensor, got a float64 tensor",
  ],
  [
    "a tensor of another shape",
    "float32",
    ["N", 4],
    new Tensor("float32", new Float32Array(3), [3]),
    "/x",
    "expected shape [N, 4], got [3]",
  ],
  [
    "a typed array of the wrong length",
    "float32",
    ["N", 4],
    new Float32Array(6),
    "/x",
    "expected a multiple of 4 elements for shape [N, 4], got 6",
  ],
];

for (const [what, type, shape, value, pointer, message] of CASES) {
  test(`${type} [${shape}] refuses ${what}`, async () => {
    const issues = await issuesOf(model(type, shape).run({ x: value as TensorInput }));
    assert.deepEqual(issues, [{ pointer, message }]);
  });
}

test("nonFinite: refuse takes no NaN and no infinity, however it comes", async () => {
  const refusing = open(identity("float32", ["N"]), { nonFinite: "refuse" });
  for (const x of [[NaN], ["NaN"], [-Infinity], Float32Array.of(Infinity)] as TensorInput[]) {
    const [issue] = await issuesOf(refusing.run({ x }));
    assert.equal(issue?.pointer, "/x/0");
    assert.match(issue.message, /expected a finite float32/);
  }
  const half = open(identity("float16", ["N"]), { nonFinite: "refuse" });
  await issuesOf(half.run({ x: Uint16Array.of(0, 0x7c00) }));
  assert.deepEqual((await half.run({ x: Uint16Array.of(0x7bff) })).y!.toArray(), [65504]);
});

test("a missing and an unknown input are named, with the nearest name", async () => {
  const issues = await issuesOf(
    open(identity("float32", ["N"])).run({ X: [1], other: [2] } as Record<string, TensorInput>),
  );
  assert.deepEqual(issues, [
    { pointer: "/x", message: "the input is missing: expected float32 values of shape [N]" },
    { pointer: "/X", message: 'the model has no input "X"; did you mean "x"?' },
    { pointer: "/other", message: 'the model has no input "other"; inputs: x' },
  ]);
});

test("feeds that are no object are refused", async () => {
  for (const feeds of [null, [1], 5, "x", new Float32Array(1)]) {
    await issuesOf(model("float32", ["N"]).run(feeds as never));
  }
});

test("dimensions of one name must agree across inputs", async () => {
  const add = open(
    writeOnnx({
      nodes: [{ op: "Add", inputs: ["a", "b"], outputs: ["y"] }],
      inputs: [
        { name: "a", type: "float32", shape: ["N", 2] },
        { name: "b", type: "float32", shape: ["N", 2] },
      ],
      outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
    }),
  );
  assert.deepEqual((await add.run({ a: [[1, 2]], b: [[3, 4]] })).y!.toArray(), [[4, 6]]);
  const issues = await issuesOf(
    add.run({
      a: [[1, 2]],
      b: [
        [3, 4],
        [5, 6],
      ],
    }),
  );
  assert.deepEqual(issues, [{ pointer: "/b", message: 'dimension "N" is 2 here and 1 in input "a"' }]);
});

test("the pointer of an input's name is escaped", async () => {
  const odd = open(
    writeOnnx({
      nodes: [{ op: "Identity", inputs: ["a/b~c"], outputs: ["y"] }],
      inputs: [{ name: "a/b~c", type: "float32", shape: [1] }],
      outputs: [{ name: "y", type: "float32", shape: [1] }],
    }),
  );
  assert.equal((await issuesOf(odd.run({ "a/b~c": ["no"] })))[0]?.pointer, "/a~1b~0c/0");
});

test("a tensor checks its own data", () => {
  assert.throws(() => new Tensor("float32", new Float32Array(3), [2, 2]), /has 4 elements, but its data has 3/);
  assert.throws(
    () => new Tensor("float32", new Float64Array(1) as never, [1]),
    /must be Float32Array, and is Float64Array/,
  );
  assert.throws(
    () => new Tensor("string", new Float32Array(1) as never, [1]),
    /must be an array of strings, and is Float32Array/,
  );
  assert.throws(() => new Tensor("float" as "float32", new Float32Array(1), [1]), /float is not a tensor type/);
});
