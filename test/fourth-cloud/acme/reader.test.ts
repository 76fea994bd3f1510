import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor, TricastError } from "@tricast/core";
import { acme } from "./acme.ts";

const predictor = definePredictor({ name: "count", predict: (input: Uint8Array) => input.byteLength });
const context = { call: "acme-0", msLeft: () => 10_000 };

/** An upload that counts how much of it was asked for. */
function counted(chunks: number) {
  const counts = { read: 0 };
  const upload = {
    async *read() {
      for (; counts.read < chunks; counts.read++) yield new Uint8Array(100_000);
    },
  };
  const headers = [["content-type", "application/octet-stream"]] satisfies [string, string][];
  return { counts, event: { verb: "POST", path: "/predict", headers, upload } };
}

test("nothing of a large body is read before the guard lets the request in", async () => {
  const handler = acme(predictor, {
    guard() {
      throw new TricastError("unauthorized", "Nobody may call");
    },
  });
  const { event, counts } = counted(5);
  const reply = await handler(event, context);
  assert.deepEqual([reply.code, counts.read], [401, 0]);
});

test("a large body is read to the platform's limit, and no further", async () => {
  const handler = acme(predictor);
  const right = counted(10);
  assert.equal((await handler(right.event, context)).code, 200);
  const over = counted(1_000);
  assert.equal((await handler(over.event, context)).code, 413);
  assert.ok(over.counts.read <= 11, `${over.counts.read} chunks were read`);
});
