import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { brotliCompressSync, constants, createZstdCompress, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { definePredictor } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import fc from "fast-check";
import { jsonOf, post } from "./support/calls.ts";

const LIMIT = 1_000_000;
const service = createService(
  definePredictor({
    name: "size",
    limits: { bodyBytes: LIMIT },
    predict: (input: unknown) => (input instanceof Uint8Array ? [...input] : input),
  }),
);

const COMPRESS = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};
type Encoding = keyof typeof COMPRESS;
const encodings = Object.keys(COMPRESS) as Encoding[];

function send(body: Uint8Array | string, encoding: string, type = "application/octet-stream") {
  return post(service, body, { "content-type": type, "content-encoding": encoding });
}

test("any bytes survive any chain of encodings, applied in the order listed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 500 }),
      fc.array(fc.constantFrom(...encodings), { minLength: 1, maxLength: 4 }),
      async (bytes, chain) => {
        const body = chain.reduce<Uint8Array>((inner, name) => COMPRESS[name](inner), bytes);
        const response = await send(body, chain.join(", "));
        assert.deepEqual(jsonOf(response), [...bytes]);
      },
    ),
    { numRuns: 50 },
  );
});

test("names are matched whatever their case, and identity is no encoding", async () => {
  assert.equal((await send(gzipSync("[1]"), " GZIP ,identity,", "application/json")).body, "[1]");
  assert.equal((await send("[1]", "identity", "application/json")).body, "[1]");
  assert.equal((await send("[1]", "", "application/json")).body, "[1]");
});

test("the limit on the inflated size holds to the byte", async () => {
  for (const name of encodings) {
    const exact = await send(COMPRESS[name](`"${"a".repeat(LIMIT - 2)}"`), name, "application/json");
    assert.equal(exact.status, 200, name);
    const over = await send(COMPRESS[name](`"${"a".repeat(LIMIT - 1)}"`), name, "application/json");
    assert.equal(over.status, 413, name);
    assert.equal(jsonOf(over).code, "body-too-large");
    assert.match(jsonOf(over).detail, /inflates to more than 1000000 bytes, the limit/);
  }
});

test("a bomb costs no more memory than the limit allows", async () => {
  const bomb = gzipSync(Buffer.alloc(60_000_000));
  const nested = gzipSync(bomb);
  assert.ok(bomb.length < LIMIT);
  for (const [body, encoding] of [
    [bomb, "gzip"],
    [nested, "gzip, gzip"],
  ] as const) {
    const before = process.memoryUsage();
    const response = await send(body, encoding);
    const after = process.memoryUsage();
    assert.equal(response.status, 413);
    assert.ok(after.external + after.arrayBuffers - before.external - before.arrayBuffers < 8 * LIMIT);
  }
});

test("a zstd body with a window over 8 MiB is refused, whatever its size", async () => {
  const params = { [constants.ZSTD_c_windowLog]: 24, [constants.ZSTD_c_enableLongDistanceMatching]: 1 };
  const stream = createZstdCompress({ params });
  stream.end(Buffer.alloc(1_000));
  const response = await send(await buffer(stream), "zstd");
  assert.equal(response.status, 400);
  assert.match(jsonOf(response).detail, /not valid zstd/);
});

test("a compressed body over the limit is refused before it is inflated", async () => {
  const response = await send(Buffer.alloc(LIMIT + 1), "gzip");
  assert.match(jsonOf(response).detail, /^The body is 1000001 bytes/);
});

test("an encoding we do not have is refused with those we have", async () => {
  for (const name of ["lz4", "compress", "gzip, snappy", "constructor", "__proto__", "toString"]) {
    const response = await send("x", name);
    assert.equal(response.status, 415, name);
    assert.equal(jsonOf(response).code, "unsupported-encoding");
    assert.equal(response.headers["accept-encoding"], "gzip, br, zstd, deflate, identity");
  }
});

test("a long list of encodings is refused whole", async () => {
  const response = await send("x", Array(6).fill("gzip").join(","));
  assert.equal(response.status, 415);
  assert.match(jsonOf(response).detail, /has 6 content encodings; the limit is 5/);
});

test("bytes that are not what the header says are invalid-body", async () => {
  for (const name of encodings) {
    for (const body of ["{}", "", COMPRESS[name]("[1,2,3]").subarray(0, -3)]) {
      const response = await send(body, name);
      assert.equal(response.status, 400, name);
      assert.equal(jsonOf(response).code, "invalid-body");
    }
  }
});
