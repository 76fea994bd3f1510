import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTricastError } from "@tricast/core";
import type { NamedTensor } from "@tricast/core/adapter";
import fc from "fast-check";
import { parseWithBareWords } from "../../src/protocols/bare-words.ts";
import { readInferRequest } from "../../src/protocols/open-inference/infer-request.ts";
import { toInferResponse } from "../../src/protocols/open-inference/infer-response.ts";
import { rawInput } from "../../src/protocols/open-inference/raw-input.ts";
import { HEADER_LENGTH, readInferBody } from "../../src/protocols/open-inference/read-body.ts";

const NOTHING = new Uint8Array(0);

function refusal(work: () => unknown): { code: string; message: string; pointer: string | undefined } {
  try {
    work();
  } catch (error) {
    assert.ok(isTricastError(error), String(error));
    return { code: error.code, message: error.message, pointer: error.issues?.[0]?.pointer };
  }
  return assert.fail("it was taken");
}

function binaryBody(
  json: unknown,
  ...data: readonly Uint8Array[]
): { headers: Record<string, string>; body: Uint8Array } {
  const header = Buffer.from(JSON.stringify(json));
  return { headers: { [HEADER_LENGTH]: String(header.length) }, body: Buffer.concat([header, ...data]) };
}

const input = (size: number, more: object = {}) => ({
  name: "x",
  datatype: "UINT8",
  shape: [size],
  parameters: { binary_data_size: size },
  ...more,
});

describe("infer bodies", () => {
  it("hold binary data after the JSON, which inputs take in their order", () => {
    const json = {
      inputs: [input(2), { name: "y", datatype: "FP32", shape: [1], data: [1] }, { ...input(1), name: "z" }],
    };
    const read = readInferBody(binaryBody(json, Uint8Array.of(1, 2, 3)));
    assert.ok(read.kind === "request");
    assert.deepEqual(
      read.request.inputs.map(({ data }) => data),
      [Uint8Array.of(1, 2), Float32Array.of(1), Uint8Array.of(3)],
    );
  });

  it("may be nothing but a raw tensor", () => {
    const body = Uint8Array.of(1, 2);
    assert.deepEqual(readInferBody({ headers: { [HEADER_LENGTH]: "0" }, body }), { kind: "raw", bytes: body });
  });

  for (const length of ["-1", "x", "1e2", "", "9999999", "0x10"]) {
    it(`refuse a JSON length of ${JSON.stringify(length)}`, () => {
      const { code, message } = refusal(() => readInferBody({ headers: { [HEADER_LENGTH]: length }, body: "{}" }));
      assert.equal(code, "invalid-body");
      assert.match(message, /from 0 to the body's 2 bytes/);
    });
  }

  it("never fail otherwise than with a code, whatever the bytes", () => {
    const headers = fc.option(fc.nat(64).map(String), { nil: undefined });
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 64 }), (length, body) => {
        try {
          readInferBody({ headers: length === undefined ? {} : { [HEADER_LENGTH]: length }, body });
        } catch (error) {
          assert.ok(isTricastError(error), String(error));
        }
      }),
    );
  });

  it("keep every digit of 64-bit integers", () => {
    const body = '{"inputs":[{"name":"x","datatype":"UINT64","shape":[1],"data":[18446744073709551615]}]}';
    const read = readInferBody({ headers: {}, body });
    assert.ok(read.kind === "request");
    assert.deepEqual(read.request.inputs[0]!.data, BigUint64Array.of(2n ** 64n - 1n));
  });
});

describe("NaN and the infinities as bare words", () => {
  const NUMBERS = { exactIntegers: false, become: "numbers", charge: undefined } as const;
  const STRINGS = { ...NUMBERS, become: "strings" } as const;

  it("are the spelled ones, and text that reads like them stays text", () => {
    assert.deepEqual(parseWithBareWords('[NaN, -Infinity, Infinity, "NaN \\" NaN", {"NaN": 1}]', STRINGS), [
      "NaN",
      "-Infinity",
      "Infinity",
      'NaN " NaN',
      { NaN: 1 },
    ]);
  });

  it("are numbers where code reads them", () => {
    const text = '{"a": [NaN, 1, "NaN", null], "b": -Infinity, "c": true}';
    assert.deepEqual(parseWithBareWords(text, NUMBERS), {
      a: [Number.NaN, 1, "NaN", null],
      b: -Infinity,
      c: true,
    });
  });

  it("mend no other mistake", () => {
    assert.equal(refusal(() => parseWithBareWords("[NaN,", STRINGS)).code, "invalid-json");
    assert.equal(refusal(() => parseWithBareWords("[nan]", NUMBERS)).code, "invalid-json");
    assert.equal(refusal(() => parseWithBareWords("[NaNs]", NUMBERS)).code, "invalid-json");
    const endless = `["${'\\"'.repeat(2 ** 20)}`;
    assert.equal(refusal(() => parseWithBareWords(endless, STRINGS)).code, "invalid-json");
  });
});

describe("infer requests", () => {
  const good = { name: "x", datatype: "FP32", shape: [1], data: [1] };
  const wrong: Readonly<Record<string, readonly [json: unknown, pointer: string, message: RegExp]>> = {
    "no object": [[], "", /expected an object, got an array of 0/],
    "no inputs": [{}, "/inputs", /expected a list of tensors, got undefined/],
    "an id that is no string": [{ id: 1, inputs: [] }, "/id", /expected a string, got 1/],
    "an input that is no object": [{ inputs: [1] }, "/inputs/0", /expected an object/],
    "no name": [{ inputs: [{ ...good, name: "" }] }, "/inputs/0/name", /expected a name/],
    "an unknown datatype": [{ inputs: [{ ...good, datatype: "BF16" }] }, "/inputs/0/datatype", /got "BF16"/],
    "a datatype of the prototype": [
      { inputs: [{ ...good, datatype: "constructor" }] },
      "/inputs/0/datatype",
      /datatype to be one of BOOL/,
    ],
    "an input twice": [{ inputs: [good, good] }, "/inputs/1/name", /each name once/],
    "an output twice": [
      { inputs: [good], outputs: [{ name: "y" }, { name: "y" }] },
      "/outputs/1/name",
      /each name once/,
    ],
    "nested parameters": [{ inputs: [], parameters: { a: {} } }, "/parameters/a", /a string, a number or a boolean/],
    "a flag that is none": [
      { inputs: [], parameters: { binary_data_output: "yes" } },
      "/parameters/binary_data_output",
      /true or false/,
    ],
    "shared memory": [
      { inputs: [{ ...good, parameters: { shared_memory_region: "a" } }] },
      "/inputs/0/parameters/shared_memory_region",
      /data within the body/,
    ],
    "classes of an output": [
      { inputs: [good], outputs: [{ name: "y", parameters: { classification: 3 } }] },
      "/outputs/0/parameters/classification",
      /own values/,
    ],
    "a binary size past the end": [
      { inputs: [input(3)] },
      "/inputs/0/parameters/binary_data_size",
      /got 0 that are left/,
    ],
    "a binary size that is none": [
      { inputs: [input(3, { parameters: { binary_data_size: -1 } })] },
      "/inputs/0/parameters/binary_data_size",
      /whole number of bytes/,
    ],
    "data twice over": [
      { inputs: [{ ...good, shape: [0], data: [], parameters: { binary_data_size: 0 } }] },
      "/inputs/0",
      /either data or/,
    ],
  };
  for (const [what, [json, pointer, message]] of Object.entries(wrong)) {
    it(`refuse ${what}`, () => {
      const seen = refusal(() => readInferRequest(json, NOTHING));
      assert.equal(seen.pointer, pointer);
      assert.match(seen.message, message);
    });
  }

  it("refuse bytes that no input takes", () => {
    assert.match(
      refusal(() => readInferRequest({ inputs: [input(1)] }, new Uint8Array(3))).message,
      /1 bytes of binary/,
    );
  });

  it("take the output's own wish before the request's", () => {
    const json = {
      inputs: [good],
      parameters: { binary_data_output: true },
      outputs: [{ name: "a" }, { name: "b", parameters: { binary_data: false } }],
    };
    const { outputs, binaryByDefault } = readInferRequest(json, NOTHING);
    assert.equal(binaryByDefault, true);
    assert.deepEqual(outputs, [
      { name: "a", binary: true },
      { name: "b", binary: false },
    ]);
  });
});

describe("infer responses", () => {
  const tensor = (name: string): NamedTensor => ({ name, datatype: "FP32", shape: [2], data: Float32Array.of(1, 2) });
  const answer = { model: "m", version: "1", outputs: [tensor("a"), tensor("b")], headers: { "x-a": "1" } };

  it("are JSON, with NaN spelled", () => {
    const nan = { ...tensor("a"), data: Float32Array.of(Number.NaN, 2) };
    const { headers, body } = toInferResponse(
      { ...answer, outputs: [nan] },
      { id: "7", outputs: undefined, binaryByDefault: false },
    );
    assert.deepEqual(headers, { "x-a": "1", "content-type": "application/json" });
    assert.equal(
      body,
      '{"model_name":"m","model_version":"1","id":"7","outputs":[{"name":"a","shape":[2],"datatype":"FP32","data":["NaN",2]}]}',
    );
  });

  it("put the bytes of binary outputs after the JSON, in order", () => {
    const outputs = [
      { name: "a", binary: false },
      { name: "b", binary: true },
    ];
    const { headers, body } = toInferResponse(answer, { id: undefined, outputs, binaryByDefault: false });
    const length = Number(headers[HEADER_LENGTH]);
    const bytes = body as Buffer;
    const json = JSON.parse(bytes.subarray(0, length).toString());
    assert.deepEqual(json.outputs[0].data, [1, 2]);
    assert.deepEqual(json.outputs[1], { name: "b", shape: [2], datatype: "FP32", parameters: { binary_data_size: 8 } });
    assert.deepEqual(bytes.subarray(length), Buffer.from(Float32Array.of(1, 2).buffer));
  });
});

describe("raw tensors", () => {
  const only = (datatype: string, shape: readonly number[]) => [{ name: "x", datatype, shape }];

  it("are a batch of one whose open dimension the bytes tell", () => {
    assert.deepEqual(rawInput(only("FP32", [-1, 4]), new Uint8Array(16)).shape, [1, 4]);
    assert.deepEqual(rawInput(only("FP32", [-1, -1, 2]), new Uint8Array(24)).shape, [1, 3, 2]);
    assert.deepEqual(rawInput(only("FP32", [-1]), new Uint8Array(12)).shape, [3]);
    assert.deepEqual(rawInput(only("UINT8", [2, 2]), new Uint8Array(4)).shape, [2, 2]);
  });

  it("are one BYTES element, without its length", () => {
    const { shape, data } = rawInput(only("BYTES", [-1, 1]), Buffer.from("hé"));
    assert.deepEqual([shape, data], [[1, 1], ["hé"]]);
  });

  it("need a model of one input with one open dimension, and as many bytes as that takes", () => {
    const two = [...only("FP32", [1]), { name: "y", datatype: "FP32", shape: [1] }];
    assert.match(refusal(() => rawInput(two, NOTHING)).message, /this model has 2 \(x, y\)/);
    assert.match(refusal(() => rawInput([], NOTHING)).message, /this model has 0/);
    assert.match(refusal(() => rawInput(only("FP32", [-1, -1, -1]), NOTHING)).message, /at most one dynamic dimension/);
    assert.match(refusal(() => rawInput(only("FP32", [-1, 4]), new Uint8Array(12))).message, /expected 16 bytes/);
    assert.match(refusal(() => rawInput(only("FP32", [-1, -1, 2]), new Uint8Array(12))).message, /expected 8 bytes/);
    assert.match(refusal(() => rawInput(only("BYTES", [-1, 2]), NOTHING)).message, /one element/);
  });
});
