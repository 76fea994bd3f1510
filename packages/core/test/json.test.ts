import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapStatistics } from "node:v8";
import { definePredictor } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import fc from "fast-check";
import { parseJson, printJson } from "../src/body/json.ts";
import { jsonCost, takeMemory } from "../src/body/json-cost.ts";
import { bytesOf, get, jsonOf, post } from "./support/calls.ts";

test("whatever JSON.stringify writes is written the same, except for the sign of -0", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = printJson(value);
      assert.equal(JSON.stringify(JSON.parse(text)), JSON.stringify(value));
      if (!text.includes("-0")) assert.equal(text, JSON.stringify(value));
    }),
  );
});

test("integers of any size survive a round trip with exact integers", () => {
  const integer = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
  fc.assert(
    fc.property(fc.array(integer), (integers) => {
      const text = printJson({ integers });
      assert.equal(text, `{"integers":[${integers.join(",")}]}`);
      const { integers: read } = parseJson(text, true) as { integers: (number | bigint)[] };
      assert.deepEqual(read.map(BigInt), integers);
      assert.equal(printJson({ integers: read }), text);
    }),
  );
});

test("with exact integers everything but a large integer literal reads as without", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = `[9007199254740993,${JSON.stringify(value)}]`;
      const [large, rest] = parseJson(text, true) as unknown[];
      assert.equal(large, 9007199254740993n);
      const plain = JSON.parse(text)[1];
      assert.deepEqual(
        JSON.stringify(rest, (_key, item) => (typeof item === "bigint" ? Number(item) : item)),
        JSON.stringify(plain),
      );
    }),
  );
});

test("invalid JSON with long integers stays invalid, with the error of the text as sent", () => {
  const long = "12345678901234567890";
  const texts = [
    `{${long}:1}`,
    `{"a":1,${long} : 2}`,
    `{"a":1,\n${long}\t:2}`,
    `[0${long}]`,
    `[-0${long}]`,
    `[+${long}]`,
    `[--${long}]`,
    `[${long} ${long}]`,
    `[${long}${long}.]`,
    `[${long}e]`,
    `[${long}-]`,
    `[tru${long}]`,
    `["a${long}]`,
    `[${long},]`,
    `[${long},"\\u12"]`,
    `${long}}`,
    `[${long}`,
  ];
  for (const text of texts) {
    let expected: unknown;
    assert.throws(
      () => JSON.parse(text),
      (error) => {
        expected = (error as Error).message;
        return true;
      },
      text,
    );
    const message = `The body is not valid JSON: ${expected}`;
    assert.throws(() => parseJson(text, true), { code: "invalid-json", message }, text);
  }
});

test("a long integer keeps its digits wherever it is, and text that looks like a mark stays text", () => {
  const long = "12345678901234567890";
  const text = ` { "a" : ${long}, "${long}": "${long}", "b\\\\": [[ -${long}\n] ], "__proto__": ${long}, "c": "\\"${long}" } `;
  const read = parseJson(text, true) as Record<string, unknown>;
  assert.deepEqual(Object.entries(read), [
    ["a", BigInt(long)],
    [long, long],
    ["b\\", [[-BigInt(long)]]],
    ["__proto__", BigInt(long)],
    ["c", `"${long}`],
  ]);
  assert.equal(Object.getPrototypeOf(read), Object.prototype);
  assert.deepEqual(parseJson(`["\\u0000int:x", "\\u0000int:", ${long}]`, true), ["\0int:x", "\0int:", BigInt(long)]);
  assert.equal(parseJson(long, true), BigInt(long));
  assert.deepEqual(parseJson(`[${"9".repeat(1_100)}]`, true), [BigInt("9".repeat(1_100))]);
  assert.throws(() => parseJson(`[-${"9".repeat(1_101)}]`, true), {
    code: "invalid-json",
    message: /an integer of 1101 digits; the limit is 1100/,
  });
});

test("the memory of a large value is taken before it is made, and more than half of the heap is refused", () => {
  const taken: number[] = [];
  const charge = (bytes: number) => void taken.push(bytes);
  parseJson(JSON.stringify(Array(1_000).fill(0)), false, charge);
  assert.deepEqual(taken, [], "a short text is not measured");
  const lists = `[${"[],".repeat(10_000)}0]`;
  parseJson(lists, false, charge);
  // Node 24 takes 43 bytes for an empty list in a list, and 8 for the text's three characters and the place of each.
  assert.ok(taken[0]! > 40 * 10_000 && taken[0]! < 80 * 10_000, String(taken[0]));
  const refusal = new Error("full");
  const refuse = (): never => {
    throw refusal;
  };
  assert.throws(() => parseJson(lists, false, refuse), refusal);
  const { heap_size_limit: heap } = getHeapStatistics();
  assert.throws(() => takeMemory(heap / 2 + 1, undefined), {
    code: "body-too-large",
    message: /half of this instance's heap/,
  });
  assert.throws(() => takeMemory(heap / 2 + 1, charge), { code: "body-too-large" });
  assert.equal(taken.length, 1);
  takeMemory(heap / 2, charge);
  assert.deepEqual(taken[1], heap / 2);
});

test("the estimate of a value's memory lies between its text and 70 times its text", () => {
  const shape = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.string({ maxLength: 40 }),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 6 }),
      fc.dictionary(fc.string({ maxLength: 12 }), tie("value"), { maxKeys: 6 }),
    ),
  })).value;
  fc.assert(
    fc.property(shape, (value) => {
      const text = JSON.stringify(value);
      const leaves = (text.match(/,/g) ?? []).length;
      const cost = jsonCost(text);
      // A member takes a slot of 8 bytes, and each character of the text at least one.
      assert.ok(cost >= text.length && cost >= leaves * 8, text);
      assert.ok(cost <= 70 * text.length + 64, `${cost} for ${text}`);
    }),
  );
});

test("a fraction, an exponent and digits within text are not integers", () => {
  assert.deepEqual(parseJson('[1e20,1.0000000000000000,"9007199254740993",9007199254740991]', true), [
    1e20,
    1,
    "9007199254740993",
    9007199254740991,
  ]);
  assert.deepEqual(parseJson("[9007199254740993,-18446744073709551615]", true), [
    9007199254740993n,
    -18446744073709551615n,
  ]);
  assert.deepEqual(parseJson("9007199254740993", false), 9007199254740992);
});

test("-0 keeps its sign, at every level and in typed arrays", () => {
  assert.equal(printJson(-0), "-0");
  assert.equal(printJson({ a: [0, -0, { b: -0 }], c: new Float32Array([-0, 0]) }), '{"a":[0,-0,{"b":-0}],"c":[-0,0]}');
  assert.ok(Object.is(parseJson("-0", true), -0) && Object.is(parseJson("-0", false), -0));
});

test("NaN and the infinities are spelled, wherever they stand", () => {
  assert.equal(printJson(Number.NaN), '"NaN"');
  const value = { a: [Number.NaN, { b: -Infinity }], c: Infinity, d: 1 };
  assert.equal(printJson(value), '{"a":["NaN",{"b":"-Infinity"}],"c":"Infinity","d":1}');
});

test("typed arrays are arrays, with exact 64-bit integers", () => {
  const cases: [unknown, string][] = [
    [new Float32Array([0.5, Number.NaN, -Infinity]), '[0.5,"NaN","-Infinity"]'],
    [new BigInt64Array([-(2n ** 63n), 1n]), "[-9223372036854775808,1]"],
    [new BigUint64Array([2n ** 64n - 1n]), "[18446744073709551615]"],
    [Buffer.from([1, 2]), "[1,2]"],
    [new Float16Array([1.5]), "[1.5]"],
    [[new Int8Array([-1]), [new Uint8Array(0)]], "[[-1],[[]]]"],
  ];
  for (const [value, text] of cases) assert.equal(printJson({ value }), `{"value":${text}}`);
});

test("toJSON is asked, and what it gives is written by the same rules", () => {
  assert.equal(printJson(new Date(0)), '"1970-01-01T00:00:00.000Z"');
  assert.equal(printJson({ a: { toJSON: () => ({ b: 5n, c: [Number.NaN] }) } }), '{"a":{"b":5,"c":["NaN"]}}');
  class Point {
    x = 1n;
    get norm(): number {
      throw new Error("never asked");
    }
  }
  assert.equal(printJson([new Point()]), '[{"x":1}]');
});

test("undefined members go as in JSON.stringify", () => {
  assert.equal(printJson({ a: undefined, b: [undefined, 1n], c: () => 1 }), '{"b":[null,1]}');
});

test("nothing given is changed", () => {
  const value = Object.freeze({ a: Object.freeze([1n, Object.freeze({ b: Number.NaN })]), c: 1 });
  assert.equal(printJson(value), '{"a":[1,{"b":"NaN"}],"c":1}');
});

test("an own __proto__ stays a member", () => {
  const value = JSON.parse('{"__proto__":{"a":1},"b":2}');
  value.b = 2n;
  assert.equal(printJson(value), '{"__proto__":{"a":1},"b":2}');
});

test("what JSON cannot hold is invalid-output, and says which", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = [cycle];
  const cases: [unknown, RegExp][] = [
    [undefined, /The prediction is undefined; return a JSON value, or bytes as a Uint8Array/],
    [() => 1, /The prediction is a function/],
    [Symbol("s"), /The prediction is Symbol\(s\)/],
    [cycle, /cannot be written as JSON: /],
    [new DataView(new ArrayBuffer(1)), /holds a DataView; return a typed array/],
    [{ toJSON: () => assert.fail("broken toJSON") }, /cannot be written as JSON: broken toJSON/],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => printJson(value), { code: "invalid-output", message });
  }
});

test("a predictor may answer with any of it, and with bytes", async () => {
  const outputs: readonly [unknown, string, string | readonly number[]][] = [
    [{ n: 2n ** 60n }, "application/json", '{"n":1152921504606846976}'],
    [null, "application/json", "null"],
    ["", "application/json", '""'],
    [new Uint8Array([0, 255]), "application/octet-stream", [0, 255]],
  ];
  for (const [output, type, body] of outputs) {
    const response = await post(createService(definePredictor({ name: "a", predict: () => output })), 1);
    assert.equal(response.status, 200);
    assert.equal(response.headers["content-type"], type);
    assert.deepEqual(typeof response.body === "string" ? response.body : [...bytesOf(response)], body);
  }
});

test("examples that JSON has no literal for do not break the OpenAPI document", async () => {
  const service = createService(
    definePredictor({
      name: "a",
      examples: [{ id: 2n ** 60n }, { x: Number.NaN }, new Uint8Array(3)],
      predict: () => 1,
    }),
  );
  const response = await get(service, "/openapi.json");
  assert.equal(response.status, 200);
  assert.ok((response.body as string).includes('"example0":{"value":{"id":1152921504606846976}}'));
  const { examples } = jsonOf(response).paths["/predict"].post.requestBody.content["application/json"];
  assert.deepEqual(Object.keys(examples), ["example0", "example1"]);
});
