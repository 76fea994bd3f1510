import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toTraceparent } from "../src/traceparent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

const fromGoogle = (header: string) => toTraceparent({ "x-cloud-trace-context": header });

test("a W3C trace context is taken as it came, also of a later version", () => {
  for (const traceparent of [PARENT, `01-${TRACE}-b7ad6b7169203331-01-more`])
    assert.equal(toTraceparent({ traceparent }), traceparent);
});

test("a malformed trace context is left out", () => {
  for (const traceparent of [
    "",
    "nonsense",
    `ff-${TRACE}-b7ad6b7169203331-01`,
    `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`,
    `${PARENT}, ${PARENT}`,
  ])
    assert.equal(toTraceparent({ traceparent }), undefined, traceparent);
});

test("the caller's own trace context goes before Google's header", () => {
  assert.equal(toTraceparent({ traceparent: PARENT, "x-cloud-trace-context": `${TRACE}/1;o=1` }), PARENT);
});

test("Google's header becomes a W3C trace context: a decimal span as 16 hexadecimal digits", () => {
  assert.equal(fromGoogle(`${TRACE}/1;o=1`), `00-${TRACE}-0000000000000001-01`);
  assert.equal(fromGoogle(`${TRACE}/255`), `00-${TRACE}-00000000000000ff-00`);
  assert.equal(fromGoogle(`${TRACE.toUpperCase()}/18446744073709551615;o=0`), `00-${TRACE}-ffffffffffffffff-00`);
});

test("every span of 64 bits comes through", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), (span) => {
      assert.equal(BigInt(`0x${fromGoogle(`${TRACE}/${span};o=1`)?.split("-")[2]}`), span);
    }),
  );
});

test("what W3C cannot express is left out", () => {
  for (const header of [
    "",
    TRACE,
    `${TRACE};o=1`,
    `${TRACE}/0;o=1`,
    `${TRACE}/18446744073709551616`,
    `${TRACE}/99999999999999999999`,
    `${"0".repeat(32)}/1`,
    "short/1",
    `${TRACE}/x`,
  ])
    assert.equal(fromGoogle(header), undefined, header);
  assert.equal(toTraceparent({}), undefined);
});
