import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BufferQueue } from "../../../src/drivers/http/buffer-queue.ts";

/** Byte number `position` of an endless stream; 251 is prime, so that a piece out of place shows. */
const byteAt = (position: number): number => position % 251;

test("gives every byte once and in order, and overwrites none while it is used", () => {
  // Also while it is crowded: TLS goes on giving what it has decrypted already.
  const step = fc.oneof(
    fc.record({ kind: fc.constant("fill" as const), bytes: fc.integer({ min: 1, max: 300_000 }) }),
    fc.record({ kind: fc.constant("take" as const), bytes: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const queue = new BufferQueue();
      let [filled, taken, used] = [0, 0, 0];
      let piece: Buffer = Buffer.alloc(0);
      const check = () => {
        for (const [index, byte] of piece.entries()) if (byte !== byteAt(used + index)) assert.fail(`byte ${index}`);
      };
      const take = () => {
        check();
        piece = queue.take() ?? Buffer.alloc(0);
        used = taken;
        taken += piece.length;
        check();
      };
      for (const { kind, bytes } of steps) {
        if (kind === "take") take();
        else {
          const free = queue.free;
          assert.ok(free.length > 0);
          const count = Math.min(bytes, free.length);
          for (let index = 0; index < count; index++) free[index] = byteAt(filled + index);
          queue.fill(count);
          filled += count;
          check();
        }
      }
      do take();
      while (piece.length > 0);
      assert.equal(taken, filled);
    }),
    { numRuns: 60 },
  );
});

test("a stream of any length is held in the same few buffers", () => {
  const queue = new BufferQueue();
  const memory = new Set<ArrayBufferLike>();
  for (let round = 0; round < 200; round++) {
    memory.add(queue.free.buffer);
    queue.fill(Math.min(100_000, queue.free.length));
    if (queue.crowded || round % 3 === 0) queue.take();
  }
  assert.ok(memory.size <= 3, `${memory.size} buffers`);
});
