import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { frontOf, splitChunks } from "../../src/download/chunks.ts";

const MIB = 1024 * 1024;

test("parts lie end to end and cover everything", () => {
  const bytes = fc.integer({ min: 0, max: 3_000 * MIB });
  fc.assert(
    fc.property(
      bytes,
      bytes,
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 0, max: 1 }),
      (a, b, connections, busy) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const chunks = splitChunks(start, end, connections, busy);
        let at = start;
        for (const chunk of chunks) {
          assert.equal(chunk.start, at);
          assert.ok(chunk.end > chunk.start);
          at = chunk.end;
        }
        assert.equal(at, end);
      },
    ),
  );
});

test("an object of any size has few parts", () => {
  for (const size of [99_999_999_999_999, Number.MAX_SAFE_INTEGER]) {
    for (const connections of [1, 8, 16]) {
      const chunks = splitChunks(0, size, connections);
      assert.ok(chunks.length <= 1024 * connections, String(chunks.length));
      assert.equal(chunks.at(-1)?.end, size);
    }
  }
});

test("no connection is left alone with the last part", () => {
  for (const megabytes of [25, 100, 200, 500, 1_000]) {
    const chunks = splitChunks(0, megabytes * 1e6, 8);
    assert.ok(chunks.length % 8 === 0, `${megabytes} MB: ${chunks.length} parts`);
    assert.ok((chunks[0]?.end ?? 0) <= 8 * MIB);
  }
  // A little over three rounds is no fourth one.
  assert.equal(splitChunks(0, 3.1 * 8 * 8 * MIB, 8).length, 3 * 8);
  assert.equal(splitChunks(0, 10_000, 8).length, 1);
});

test("the front is where the first missing byte is", () => {
  const chunks = splitChunks(0, 20 * MIB, 4);
  const [first, second, third] = chunks as [(typeof chunks)[0], (typeof chunks)[0], (typeof chunks)[0]];
  assert.equal(frontOf(chunks, 0), 0);
  second.position = second.end;
  assert.equal(frontOf(chunks, 0), 0);
  first.position = 100;
  assert.equal(frontOf(chunks, 0), 100);
  first.position = first.end;
  third.position = third.start + 5;
  assert.equal(frontOf(chunks, 0), third.start + 5);
  for (const chunk of chunks) chunk.position = chunk.end;
  assert.equal(frontOf(chunks, 0), 20 * MIB);
});
