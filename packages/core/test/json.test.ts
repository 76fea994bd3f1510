import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import fc from "fast-check";
import { parseJson, printJson } from "../src/body/json.ts";
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
