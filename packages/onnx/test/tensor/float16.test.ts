import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { float16Bits, float16Value } from "../../src/tensor/float16.ts";

const everyPattern = Array.from({ length: 0x10000 }, (_, bits) => bits);

test("every binary16 pattern reads as Float16Array reads it", () => {
  const expected = new Float16Array(Uint16Array.from(everyPattern).buffer);
  for (const bits of everyPattern) assert.ok(Object.is(float16Value(bits), expected[bits]), `bits ${bits}`);
});

test("every binary16 value comes back as its own bits", () => {
  const numbers = everyPattern.filter((bits) => !Number.isNaN(float16Value(bits)));
  assert.equal(numbers.length, 0x10000 - 2 * 1023);
  for (const bits of numbers) assert.equal(float16Bits(float16Value(bits)), bits);
  assert.equal(float16Bits(Number.NaN), 0x7e00);
});

test("doubles round to the nearest binary16 as Math.f16round rounds them", () => {
  const near = fc
    .tuple(fc.integer({ min: 0, max: 0xffff }), fc.double({ min: -1, max: 1, noNaN: true }))
    .map(([bits, part]) => float16Value(bits) + part * 2 ** -11 * Math.max(2 ** -14, Math.abs(float16Value(bits))));
  const any = fc.oneof(fc.double(), fc.double({ min: -70_000, max: 70_000 }), fc.float(), near);
  fc.assert(
    fc.property(any, (value) => {
      assert.ok(Object.is(float16Value(float16Bits(value)), Math.f16round(value)), `${value}`);
    }),
    { numRuns: 20_000 },
  );
});

test("halfway between two neighbours the even one wins", () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const middle = (float16Value(bits) + float16Value(bits + 1)) / 2;
    assert.equal(float16Bits(middle), bits % 2 === 0 ? bits : bits + 1);
  }
  assert.equal(float16Bits(65519.999), 0x7bff);
  assert.equal(float16Bits(65520), 0x7c00);
});
