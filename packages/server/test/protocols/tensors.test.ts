import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTricastError } from "@tricast/core";
import { printJson } from "@tricast/core/adapter";
import fc from "fast-check";
import { ARRAY_OF, DATATYPES, type Datatype, RANGE } from "../../src/protocols/open-inference/tensors/datatypes.ts";
import { elementReader } from "../../src/protocols/open-inference/tensors/element-reader.ts";
import { tensorFromJson } from "../../src/protocols/open-inference/tensors/from-json.ts";
import { tensorFromRaw } from "../../src/protocols/open-inference/tensors/from-raw.ts";
import { readShape } from "../../src/protocols/open-inference/tensors/shape.ts";
import { tensorToJson } from "../../src/protocols/open-inference/tensors/to-json.ts";
import { tensorToRaw } from "../../src/protocols/open-inference/tensors/to-raw.ts";

const PLACE = { name: "x", pointer: "/inputs/0" };

function fromJson(datatype: Datatype, shape: readonly number[], data: unknown): unknown {
  return tensorFromJson(PLACE, datatype, shape, data);
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(isTricastError(error), String(error));
    assert.equal(error.code, "invalid-tensor");
    assert.match(error.issues?.[0]?.pointer ?? "", /^\/inputs\/0/);
    return error.message;
  }
  return assert.fail("it was taken");
}

describe("tensors from JSON", () => {
  it("take flat and nested lists for the same tensor", () => {
    const flat = fromJson("INT32", [2, 2, 1], [1, 2, 3, 4]);
    assert.deepEqual(flat, Int32Array.of(1, 2, 3, 4));
    assert.deepEqual(
      fromJson(
        "INT32",
        [2, 2, 1],
        [
          [[1], [2]],
          [[3], [4]],
        ],
      ),
      flat,
    );
  });

  it("take a bare value for a shape without dimensions, and nothing for an empty one", () => {
    assert.deepEqual(fromJson("FP32", [], 1.5), Float32Array.of(1.5));
    assert.deepEqual(fromJson("FP32", [], [1.5]), Float32Array.of(1.5));
    assert.deepEqual(fromJson("FP32", [0, 4], []), new Float32Array(0));
    assert.deepEqual(fromJson("FP32", [2, 0], [[], []]), new Float32Array(0));
  });

  for (const [datatype, [min, max]] of Object.entries(RANGE)) {
    it(`keep ${datatype} from ${min} to ${max} and refuse one beyond`, () => {
      const type = datatype as keyof typeof RANGE;
      assert.deepEqual(Array.from(fromJson(type, [2], [min, max]) as Int8Array), [min, max]);
      const beyond = typeof max === "bigint" ? max + 1n : max + 1;
      assert.match(
        refusal(() => fromJson(type, [2], [0, beyond])),
        new RegExp(`element 1, got ${beyond}$`),
      );
      assert.match(
        refusal(() => fromJson(type, [1], [0.5])),
        /expected a whole number from .*, got 0.5$/,
      );
    });
  }

  it("take decimal text for 64-bit integers, whose digits a number may not hold", () => {
    assert.deepEqual(fromJson("INT64", [1], ["9007199254740993"]), BigInt64Array.of(9007199254740993n));
    assert.match(
      refusal(() => fromJson("INT64", [1], [2 ** 53])),
      /got 9007199254740992$/,
    );
    assert.match(
      refusal(() => fromJson("INT32", [1], ["1"])),
      /got "1"$/,
    );
  });

  it("take the spelled NaN and infinities of floats, and refuse a number that was too large", () => {
    const spelled = ["NaN", "Infinity", "-Infinity"];
    assert.deepEqual(fromJson("FP64", [3], spelled), Float64Array.of(Number.NaN, Infinity, -Infinity));
    assert.match(
      refusal(() => fromJson("FP64", [1], [Infinity])),
      /expected a number within FP64 at element 0/,
    );
    assert.match(
      refusal(() => fromJson("FP32", [2], [1, 3.5e38])),
      /within FP32 at element 1, got 3.5e\+38/,
    );
    assert.deepEqual(fromJson("FP32", [1], [2n ** 60n]), Float32Array.of(2 ** 60));
    assert.match(
      refusal(() => fromJson("FP32", [1], [2n ** 200n])),
      /within FP32/,
    );
  });

  it("take 0 and 1 for BOOL, and only strings for BYTES", () => {
    assert.deepEqual(fromJson("BOOL", [4], [true, false, 1, 0]), Uint8Array.of(1, 0, 1, 0));
    assert.match(
      refusal(() => fromJson("BOOL", [1], ["true"])),
      /expected a BOOL .* got "true"$/,
    );
    assert.deepEqual(fromJson("BYTES", [2, 1], [["a"], ["é"]]), ["a", "é"]);
    assert.match(
      refusal(() => fromJson("BYTES", [2], ["a", 1])),
      /expected a string at element 1 \(BYTES\), got 1/,
    );
  });

  it("have no FP16", () => {
    assert.match(
      refusal(() => fromJson("FP16", [1], [1])),
      /expected FP16 as binary data/,
    );
  });

  it("name the input, what the shape asks for and what came", () => {
    assert.equal(
      refusal(() => fromJson("FP32", [1, 4], [1, 2, 3])),
      'input "x": expected 4 elements for shape [1, 4], got 3',
    );
    assert.match(
      refusal(() => fromJson("FP32", [2, 2], [[1, 2], [3]])),
      /a list of 2 at level 2 .* got a list of 1$/,
    );
    assert.match(
      refusal(() => fromJson("FP32", [2, 2], [[1, 2], 3])),
      /at level 2 for shape \[2, 2\], got 3$/,
    );
    assert.match(
      refusal(() => fromJson("FP32", [2], undefined)),
      /expected data to be a list, got none/,
    );
  });

  it("allocate nothing before the lists are known to be as long as the shape says", () => {
    const rows = Array.from({ length: 1000 }, () => []);
    assert.match(
      refusal(() => fromJson("FP64", [1000, 1e9], rows)),
      /a list of 1000000000 at level 2/,
    );
    assert.match(
      refusal(() => fromJson("FP64", [1e15], [1])),
      /expected 1000000000000000 elements/,
    );
  });
});

describe("shapes", () => {
  it("are lists of whole numbers, few enough and countable", () => {
    assert.deepEqual(readShape(PLACE, [0, 3]), [0, 3]);
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      ["3", /to be a list of whole numbers, got "3"/],
      [[-1, 2], /shape\[0\] to be a whole number, 0 or more, got -1/],
      [[1.5], /got 1.5/],
      [[2 ** 40, 2 ** 40], /elements can be counted/],
      [new Array(65).fill(1), /at most 64 dimensions, got 65/],
    ];
    for (const [shape, why] of wrong)
      assert.match(
        refusal(() => readShape(PLACE, shape)),
        why,
      );
  });
});

describe("tensors from bytes", () => {
  it("share the memory of aligned bytes and copy the others", () => {
    const buffer = new Uint8Array(16);
    new Float32Array(buffer.buffer).set([1, 2, 3, 4]);
    const aligned = tensorFromRaw(PLACE, "FP32", [2], buffer.subarray(4, 12)) as Float32Array;
    assert.deepEqual(aligned, Float32Array.of(2, 3));
    assert.equal(aligned.buffer, buffer.buffer);
    const shifted = new Uint8Array(17);
    shifted.set(buffer, 1);
    const copied = tensorFromRaw(PLACE, "FP32", [4], shifted.subarray(1)) as Float32Array;
    assert.deepEqual(copied, Float32Array.of(1, 2, 3, 4));
    assert.notEqual(copied.buffer, shifted.buffer);
  });

  it("are as many as the shape asks for", () => {
    const wrong = refusal(() => tensorFromRaw(PLACE, "FP64", [3], new Uint8Array(8)));
    assert.equal(wrong, 'input "x": expected 24 bytes for FP64 of shape [3], got 8');
    assert.match(
      refusal(() => tensorFromRaw(PLACE, "BOOL", [2], Uint8Array.of(1, 2))),
      /0 or 1 at element 1/,
    );
  });

  it("hold each BYTES element after its length", () => {
    const take = (shape: readonly number[], bytes: readonly number[]) =>
      tensorFromRaw(PLACE, "BYTES", shape, Uint8Array.from(bytes));
    assert.deepEqual(take([2], [1, 0, 0, 0, 97, 0, 0, 0, 0]), ["a", ""]);
    assert.match(
      refusal(() => take([2], [1, 0, 0, 0, 97])),
      /at least 8 bytes for BYTES of shape \[2\], got 5/,
    );
    assert.match(
      refusal(() => take([1], [9, 0, 0, 0, 97])),
      /element 0 with its 32-bit length/,
    );
    assert.match(
      refusal(() => take([1], [1, 0, 0, 0, 97, 98])),
      /1 elements in 5 bytes, got 1 bytes more/,
    );
    assert.match(
      refusal(() => take([1], [1, 0, 0, 0, 255])),
      /UTF-8 text at element 0/,
    );
    assert.match(
      refusal(() => take([2 ** 30], [0, 0, 0, 0])),
      /at least 4294967296 bytes/,
    );
  });
});

/** Values of a datatype that survive both codecs. */
function valuesOf(datatype: Datatype): fc.Arbitrary<unknown> {
  if (datatype === "BYTES") return fc.string({ unit: "binary" });
  if (datatype === "BOOL") return fc.boolean();
  if (datatype === "FP32") return fc.float();
  if (datatype === "FP64") return fc.double();
  const [min, max] = RANGE[datatype as keyof typeof RANGE];
  return typeof min === "bigint" ? fc.bigInt({ min, max: max as bigint }) : fc.integer({ min, max: max as number });
}

describe("tensors there and back", () => {
  for (const datatype of DATATYPES) {
    if (datatype === "FP16") continue;
    it(`${datatype} keeps every value through JSON and through bytes`, () => {
      const list = fc.array(valuesOf(datatype), { maxLength: 20 });
      fc.assert(
        fc.property(list, (values) => {
          const spelled = values.map((each) =>
            typeof each === "number" && !Number.isFinite(each) ? String(each) : Object.is(each, -0) ? 0 : each,
          );
          const shape = [spelled.length];
          const data = tensorFromJson(PLACE, datatype, shape, spelled);
          const tensor = { name: "x", datatype, shape, data };
          assert.deepEqual(tensorFromRaw(PLACE, datatype, shape, tensorToRaw(tensor)), data);
          const read = elementReader(tensor);
          const expected = spelled.map((each) => (typeof each === "bigint" ? String(each) : each));
          const seen = spelled.map((_, index) => read(index));
          assert.deepEqual(
            seen.map((each, index) => (typeof spelled[index] === "number" ? each : String(each))),
            expected.map((each, index) => (typeof spelled[index] === "number" ? each : String(each))),
          );
          assert.equal(tensorToJson(tensor), printJson(spelled));
        }),
      );
    });
  }

  it("FP16 keeps its bits through bytes, reads as numbers, and has no JSON", () => {
    const data = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0xfc00, 0x7e00, 0x3555);
    const tensor = { name: "x", datatype: "FP16", shape: [7], data };
    assert.deepEqual(tensorFromRaw(PLACE, "FP16", [7], tensorToRaw(tensor)), data);
    const numbers = Array.from(data, (_, index) => elementReader(tensor)(index));
    assert.deepEqual(numbers, [1, -2, 2 ** -24, Infinity, -Infinity, Number.NaN, 0.333251953125]);
    assert.throws(() => tensorToJson(tensor), /output "x" is FP16.*binary_data: true/);
  });

  it("has a row for each of the 13 datatypes", () => {
    assert.equal(DATATYPES.length, 13);
    assert.deepEqual([...DATATYPES].sort(), [...Object.keys(ARRAY_OF), "BYTES"].sort());
  });
});
