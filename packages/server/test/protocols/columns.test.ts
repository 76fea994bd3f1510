import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTricastError } from "@tricast/core";
import type { NamedTensor } from "@tricast/core/adapter";
import { fromOutputs } from "../../src/protocols/open-inference/columns/from-outputs.ts";
import { columnsOfExample, columnsOfSchema } from "../../src/protocols/open-inference/columns/schema-columns.ts";
import { toInstances } from "../../src/protocols/open-inference/columns/to-instances.ts";

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(isTricastError(error), String(error));
    return `${error.code}: ${error.message}`;
  }
  return assert.fail("it was taken");
}

const fp32 = (name: string, shape: readonly number[], ...data: readonly number[]): NamedTensor => ({
  name,
  datatype: "FP32",
  shape,
  data: Float32Array.from(data),
});

describe("columns of a schema", () => {
  it("are its numbers, strings, booleans and arrays, with dotted names within objects", () => {
    const schema = {
      type: "object",
      properties: {
        features: { type: "array", items: { type: "number" }, minItems: 4, maxItems: 4 },
        pixels: { type: "array", items: { type: "array", items: { type: "integer" } } },
        pair: { type: "array", prefixItems: [{ type: "string" }, { type: "string" }] },
        who: { type: "object", properties: { name: { type: "string" }, adult: { type: "boolean" } } },
        kind: { enum: ["a", "b"] },
        anything: {},
      },
    };
    assert.deepEqual(
      columnsOfSchema(schema, "input").map(({ name, datatype, shape }) => [name, datatype, shape]),
      [
        ["features", "FP64", [-1, 4]],
        ["pixels", "INT64", [-1, -1, -1]],
        ["pair", "BYTES", [-1, 2]],
        ["who.name", "BYTES", [-1]],
        ["who.adult", "BOOL", [-1]],
        ["kind", "BYTES", [-1]],
      ],
    );
  });

  it("is one by the name given where the schema is no object, and none where it says nothing", () => {
    assert.deepEqual(columnsOfSchema({ type: "number" }, "input"), [
      { name: "input", datatype: "FP64", shape: [-1], path: [] },
    ]);
    assert.deepEqual(columnsOfSchema({}, "input"), []);
  });

  it("may be guessed from an example", () => {
    assert.deepEqual(
      columnsOfExample({ a: [[1]], b: "x", c: true, d: null, e: [] }, "input").map(({ name, shape }) => [name, shape]),
      [
        ["a", [-1, -1, -1]],
        ["b", [-1]],
        ["c", [-1]],
      ],
    );
  });
});

describe("instances of tensors", () => {
  it("have row i of each tensor", () => {
    const names: NamedTensor = { name: "n", datatype: "BYTES", shape: [2], data: ["a", "b"] };
    assert.deepEqual(toInstances([fp32("x", [2, 1, 2], 1, 2, 3, 4), names], [], 10), [
      { x: [[1, 2]], n: "a" },
      { x: [[3, 4]], n: "b" },
    ]);
  });

  it("are bare for the one input called input, and nested for dotted columns", () => {
    assert.deepEqual(toInstances([fp32("input", [2], 1, 2)], [], 10), [1, 2]);
    const columns = columnsOfExample({ who: { age: 1 }, size: 1 }, "input");
    assert.deepEqual(toInstances([fp32("who.age", [1], 3), fp32("size", [1, 1], 4)], columns, 10), [
      { who: { age: 3 }, size: 4 },
    ]);
  });

  it("are none for no rows", () => {
    assert.deepEqual(toInstances([fp32("x", [0, 4])], [], 10), []);
  });

  it("make members of any name, and nothing else", () => {
    const [instance] = toInstances([fp32("__proto__", [1], 1), fp32("x", [1], 2)], [], 10) as [object];
    assert.deepEqual(Object.keys(instance), ["__proto__", "x"]);
    assert.equal(Object.getPrototypeOf(instance), Object.prototype);
  });

  it("need rows, as many in each tensor, of inputs that there are, and not too many", () => {
    assert.match(
      refusal(() => toInstances([], [], 10)),
      /invalid-tensor: .*at least one/,
    );
    assert.match(
      refusal(() => toInstances([fp32("x", [], 1)], [], 10)),
      /shape \[N, ...\]/,
    );
    const uneven = [fp32("x", [2], 1, 2), fp32("y", [1], 1)];
    assert.match(
      refusal(() => toInstances(uneven, [], 10)),
      /input "y": expected 2 rows, as input "x" has, got \[1\]/,
    );
    const columns = columnsOfExample({ a: 1, b: 1 }, "input");
    assert.match(
      refusal(() => toInstances([fp32("c", [1], 1)], columns, 10)),
      /an input named a or b, got "c"/,
    );
    assert.match(
      refusal(() => toInstances([fp32("x", [11, 0])], [], 10)),
      /body-too-large: .*11 rows; the limit is 10/,
    );
  });
});

describe("tensors of outputs", () => {
  it("are FP64, BYTES and BOOL by member, with dotted names", () => {
    const outputs = [
      { label: "a", ok: true, p: { x: 0.5, y: [1, 2] } },
      { label: "b", ok: false, p: { x: 1, y: [3, 4] } },
    ];
    assert.deepEqual(fromOutputs(outputs, []), [
      { name: "label", datatype: "BYTES", shape: [2], data: ["a", "b"] },
      { name: "ok", datatype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) },
      { name: "p.x", datatype: "FP64", shape: [2], data: Float64Array.of(0.5, 1) },
      { name: "p.y", datatype: "FP64", shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) },
    ]);
  });

  it("is one called output where a predictor returns no objects", () => {
    assert.deepEqual(fromOutputs([[1], [2]], []), [
      { name: "output", datatype: "FP64", shape: [2, 1], data: Float64Array.of(1, 2) },
    ]);
  });

  it("are INT64 where the schema says integer or a value needs it, and keep typed arrays", () => {
    const columns = columnsOfSchema({ type: "object", properties: { n: { type: "integer" } } }, "output");
    assert.deepEqual(fromOutputs([{ n: 1 }], columns)[0]!.data, BigInt64Array.of(1n));
    assert.deepEqual(fromOutputs([{ n: 1.5 }], columns)[0]!.datatype, "FP64");
    assert.deepEqual(fromOutputs([[1, 2n ** 60n]], [])[0]!.data, BigInt64Array.of(1n, 2n ** 60n));
    assert.equal(fromOutputs([{ v: Float32Array.of(1, 2) }], [])[0]!.datatype, "FP32");
    assert.deepEqual(fromOutputs([Uint8Array.of(1, 2)], []), [
      { name: "output", datatype: "UINT8", shape: [1, 2], data: Uint8Array.of(1, 2) },
    ]);
  });

  it("of no instances have the columns of the schema, empty", () => {
    const columns = columnsOfSchema({ type: "array", items: { type: "number" }, minItems: 3, maxItems: 3 }, "output");
    assert.deepEqual(fromOutputs([], columns), [
      { name: "output", datatype: "FP64", shape: [0, 3], data: new Float64Array(0) },
    ]);
  });

  it("leave out members that are undefined", () => {
    assert.deepEqual(
      fromOutputs([{ a: 1, b: undefined }], []).map(({ name }) => name),
      ["a"],
    );
  });

  const misfits: Readonly<Record<string, readonly [outputs: readonly unknown[], why: RegExp]>> = {
    "null values": [[null], /"output" has null/],
    "members that only some have": [[{ a: 1 }, { b: 1 }], /"b" is in instance 1 and not in the first/],
    "fewer members": [[{ a: 1, b: 1 }, { a: 1 }], /instance 1 has 1 values and the first 2/],
    "lists of different lengths": [[{ a: [1] }, { a: [1, 2] }], /"a" has shape \[1\], and \[2\] in instance 1/],
    "ragged lists": [[[[1, 2], [3]]], /differ in length/],
    "values of two types": [[["a", 1]], /"output" has 1 beside values of another type/],
    "values of two types by row": [[{ a: 1 }, { a: "x" }], /"a" has "x" beside values of another type/],
    "objects in lists": [[{ a: [{}] }], /an object with no keys/],
  };
  for (const [what, [outputs, why]] of Object.entries(misfits)) {
    it(`are not to be had of ${what}`, () => {
      const seen = refusal(() => fromOutputs(outputs, []));
      assert.match(seen, /^not-implemented: /);
      assert.match(seen, why);
    });
  }
});
