import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromCloudTrace, toTraceparent } from "../src/trace.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";

test("Google's trace header becomes W3C trace context: a decimal span as 16 hexadecimal digits", () => {
  assert.equal(fromCloudTrace(`${TRACE}/1;o=1`), `00-${TRACE}-0000000000000001-01`);
  assert.equal(fromCloudTrace(`${TRACE}/255`), `00-${TRACE}-00000000000000ff-00`);
  assert.equal(fromCloudTrace(`${TRACE.toUpperCase()}/18446744073709551615;o=0`), `00-${TRACE}-ffffffffffffffff-00`);
});

test("every span of 64 bits comes through", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), (span) => {
      assert.equal(BigInt(`0x${fromCloudTrace(`${TRACE}/${span};o=1`)?.split("-")[2]}`), span);
    }),
  );
});

test("what W3C cannot express or nobody sent is left out", () => {
  for (const header of [
    undefined,
    "",
    TRACE,
    `${TRACE}/0;o=1`,
    `${TRACE}/18446744073709551616`,
    `${"0".repeat(32)}/1`,
    "short/1",
    `${TRACE}/x`,
  ]) {
    assert.equal(fromCloudTrace(header), undefined, header);
  }
});

test("the caller's own traceparent goes before Google's header", () => {
  const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;
  assert.equal(toTraceparent({ traceparent, "x-cloud-trace-context": `${TRACE}/1;o=1` }), traceparent);
});
