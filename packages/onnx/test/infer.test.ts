import assert from "node:assert/strict";
import { test } from "node:test";
import { isTricastError } from "@tricast/core";
import type { NamedTensor, ZeroCode } from "@tricast/core/adapter";
import { type OnnxOptions, onnx } from "../src/index.ts";
import { modelOpener, scratchFolder, write } from "./support/models.ts";
import { type GraphSpec, identity, type OnnxTypeName, writeOnnx } from "./support/onnx-writer.ts";

const open = modelOpener();
const source = onnx(write(scratchFolder(), "any.onnx", identity("float32", [1])));
const signal = new AbortController().signal;

const serve = (bytes: Uint8Array, options?: OnnxOptions): ZeroCode => source.zeroCode!(open(bytes, options));

const ALL: readonly (readonly [OnnxTypeName, string, NamedTensor["data"]])[] = [
  ["float32", "FP32", Float32Array.of(0.5, -0, Number.NaN, Infinity)],
  ["float64", "FP64", Float64Array.of(1e300, -0.1, Number.NaN, -Infinity)],
  ["float16", "FP16", Uint16Array.of(0x3c00, 0x8000, 0x7e00, 0xfc00)],
  ["int8", "INT8", Int8Array.of(-128, 127, 0, 1)],
  ["int16", "INT16", Int16Array.of(-32768, 32767, 0, 1)],
  ["int32", "INT32", Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0, 1)],
  ["int64", "INT64", BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n, 2n ** 53n + 1n)],
  ["uint8", "UINT8", Uint8Array.of(0, 255, 1, 2)],
  ["uint16", "UINT16", Uint16Array.of(0, 65535, 1, 2)],
  ["uint32", "UINT32", Uint32Array.of(0, 2 ** 32 - 1, 1, 2)],
  ["uint64", "UINT64", BigUint64Array.of(0n, 2n ** 64n - 1n, 1n, 2n)],
  ["bool", "BOOL", Uint8Array.of(0, 1, 1, 0)],
  ["string", "BYTES", ["", "plain", "é", "😀 \u0001"]],
];

for (const [type, datatype, data] of ALL) {
  test(`${datatype} passes both ways unchanged`, async () => {
    const service = serve(identity(type, ["N", 2]));
    const [output, ...others] = await service.infer([{ name: "x", datatype, shape: [2, 2], data }], undefined, {
      signal,
    });
    assert.deepEqual(others, []);
    assert.deepEqual(output, { name: "y", datatype, shape: [2, 2], data });
  });
}

test("no rows come out as no rows", async () => {
  const empty = { name: "x", datatype: "FP32", shape: [0, 2], data: new Float32Array() };
  assert.deepEqual(await serve(identity("float32", ["N", 2])).infer([empty], [], { signal }), [
    { ...empty, name: "y" },
  ]);
});

const TWO: GraphSpec = {
  nodes: [
    { op: "Add", inputs: ["a", "b"], outputs: ["sum"] },
    { op: "Sub", inputs: ["a", "b"], outputs: ["difference"] },
  ],
  inputs: [
    { name: "a", type: "float32", shape: ["N", 2] },
    { name: "b", type: "float32", shape: ["N", 2] },
  ],
  outputs: [
    { name: "sum", type: "float32", shape: ["N", 2] },
    { name: "difference", type: "float32", shape: ["N", 2] },
  ],
};

const tensor = (name: string, values: readonly number[], more: Partial<NamedTensor> = {}): NamedTensor => ({
  name,
  datatype: "FP32",
  shape: [values.length / 2, 2],
  data: Float32Array.from(values),
  ...more,
});

test("exactly the outputs asked for come, in that order; else all, in the graph's", async () => {
  const service = serve(writeOnnx(TWO));
  const inputs = [tensor("b", [1, 1]), tensor("a", [5, 7])];
  const names = async (asked?: string[]) =>
    (await service.infer(inputs, asked, { signal })).map(({ name, data }) => [name, ...(data as Float32Array)]);
  assert.deepEqual(await names(["difference", "sum"]), [
    ["difference", 4, 6],
    ["sum", 6, 8],
  ]);
  assert.deepEqual(await names(["difference"]), [["difference", 4, 6]]);
  assert.deepEqual(
    (await names()).map(([name]) => name),
    ["sum", "difference"],
  );
  await assert.rejects(service.infer(inputs, ["sun"], { signal }), { code: "invalid-option", message: /"sun".*sum/ });
});

async function issuesOf(service: ZeroCode, inputs: readonly NamedTensor[]): Promise<(readonly [string, string])[]> {
  try {
    await service.infer(inputs, undefined, { signal });
  } catch (error) {
    assert.ok(isTricastError(error));
    assert.equal(error.code, "invalid-tensor");
    return (error.issues ?? []).map(({ pointer, message }) => [pointer, message]);
  }
  return [];
}

test("everything that is wrong is told, by input", async () => {
  const service = serve(writeOnnx(TWO));
  assert.deepEqual(await issuesOf(service, [tensor("a", [1, 2], { datatype: "INT64" }), tensor("c/d", [1, 2])]), [
    ["/a", 'expected FP32, got "INT64"'],
    ["/b", "the input is missing: expected float32 values of shape [N, 2]"],
    ["/c~1d", 'the model has no input "c/d"; inputs: a, b'],
  ]);
});

for (const [what, given, message] of [
  [
    "a shape the graph does not have",
    { shape: [1, 3] },
    /expected shape \[N, 2\], got \[1, 3\]: dimension 1 is 3, not 2/,
  ],
  ["another rank", { shape: [2] }, /expected shape \[N, 2\], got \[2\]/],
  ["a negative dimension", { shape: [-1, 2] }, /shape \[-1, 2\] has a dimension -1; expected whole numbers from 0 on/],
  ["a broken dimension", { shape: [0.5, 2] }, /dimension 0\.5/],
  ["fewer elements than the shape has", { shape: [2, 2] }, /shape \[2, 2\] has 4 elements, but the data has 2/],
  ["another array", { data: Float64Array.of(1, 2) }, /expected the typed array of FP32, got Float64Array/],
  ["strings", { data: ["1", "2"] }, /expected the typed array of FP32, got Array/],
] satisfies [string, Partial<NamedTensor>, RegExp][]) {
  test(`${what} is refused`, async () => {
    const service = serve(identity("float32", ["N", 2]));
    const [[pointer, told] = ["", ""], ...others] = await issuesOf(service, [tensor("x", [1, 2], given)]);
    assert.deepEqual([pointer, others], ["/x", []]);
    assert.match(told, message);
  });
}

test("the same input twice, and inputs whose rows disagree, are refused", async () => {
  assert.deepEqual(await issuesOf(serve(identity("float32", ["N", 2])), [tensor("x", [1, 2]), tensor("x", [3, 4])]), [
    ["/x", "the request contains the input twice"],
  ]);
  const [[pointer, message] = ["", ""]] = await issuesOf(serve(writeOnnx(TWO)), [
    tensor("a", [1, 2]),
    tensor("b", [1, 2, 3, 4]),
  ]);
  assert.deepEqual([pointer, message], ["/b", 'dimension "N" is 2 here and 1 in input "a"']);
});

test("elements that the runtime would misread are refused where they are", async () => {
  const told = async (type: OnnxTypeName, datatype: string, data: NamedTensor["data"], options?: OnnxOptions) =>
    issuesOf(serve(identity(type, ["N"]), options), [{ name: "x", datatype, shape: [2], data }]);
  assert.match((await told("bool", "BOOL", Uint8Array.of(1, 2)))[0]?.join(" ") ?? "", /^\/x\/1 expected a bool/);
  assert.match((await told("string", "BYTES", ["a", "b\0"]))[0]?.join(" ") ?? "", /^\/x\/1 .*NUL/);
  const refuse = await told("float32", "FP32", Float32Array.of(1, Number.NaN), { nonFinite: "refuse" });
  assert.match(refuse[0]?.join(" ") ?? "", /^\/x\/1 a value is not finite/);
});

test("an input called __proto__ is one the model does not have", async () => {
  const issues = await issuesOf(serve(identity("float32", ["N", 2])), [
    tensor("x", [1, 2]),
    tensor("__proto__", [1, 2]),
  ]);
  assert.deepEqual(
    issues.map(([pointer]) => pointer),
    ["/__proto__"],
  );
});
