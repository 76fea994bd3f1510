import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { Host } from "../host.ts";
import { Random, rounds, SEED } from "../random.ts";
import { assertLikeCore } from "../reference.ts";
import { serve } from "../suite.ts";
import { assertBytes, headerOf, jsonOf, post, postBytes, request, textOf } from "../wire.ts";
import { DIGEST, digestOf, echo } from "./echo.ts";

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, value) => value);
const BINARY_TYPES = ["application/octet-stream", "image/png", "IMAGE/JPEG"] as const;
/** For platforms without a limit. */
const LARGE_REPLY = 2 ** 24;

export function binaryBodies(host: Host): void {
  const it = serve(host, () => ({ predictor: echo }));
  const most = Math.min(host.largestBody, host.platform.requestBytes);

  it("random bytes return byte for byte, with any binary media type", ({ send }) =>
    rounds(async (random) => {
      const body = random.bytes(1 + random.integer(4_000));
      const response = await send(postBytes(body, random.pick(BINARY_TYPES)));
      assert.equal(response.status, 200);
      assert.equal(headerOf(response, "content-type"), "application/octet-stream");
      assertBytes(response.body, body);
    }));

  it("every byte and every pair of bytes survives both ways, also where they are not UTF-8", async ({ send }) => {
    for (const body of [EVERY_BYTE, EVERY_BYTE.toReversed(), ...everyPair()]) {
      assertBytes((await send(postBytes(body))).body, body);
    }
    for (let value = 0; value < 256; value++) {
      assert.deepEqual([...(await send(postBytes(Uint8Array.of(value)))).body], [value]);
    }
  });

  it("bodies arrive whole, up to the largest that the platform accepts", async ({ send }) => {
    for (const size of [65_535, 65_536, 1_000_003, most].filter((bytes) => bytes <= most)) {
      const body = new Random(SEED + size).bytes(size);
      const response = await send(request({ headers: DIGEST, body }));
      assert.equal(response.status, 200, `${size} bytes: ${Buffer.from(response.body.subarray(0, 300))}`);
      assert.deepEqual(jsonOf(response), digestOf(body));
    }
  });

  it("large responses are sent whole, up to the platform's limit", async ({ send }) => {
    const { perByte, envelopeBytes } = host.differences.replySize?.expect ?? { perByte: 1, envelopeBytes: 0 };
    const limit = Math.min(host.platform.replyBytes, LARGE_REPLY);
    const body = new Random(SEED).bytes(Math.min(most, Math.floor((limit - envelopeBytes) / perByte)));
    const response = await send(postBytes(body));
    assert.equal(response.status, 200);
    assert.deepEqual(digestOf(response.body), digestOf(body));
  });

  it("an empty body counts as a missing body, with any media type", async (instance) => {
    for (const type of [...BINARY_TYPES, "application/json", "text/csv"]) {
      const response = await assertLikeCore(instance, echo, postBytes(new Uint8Array(), type), type);
      assert.deepEqual([response.status, jsonOf(response).code], [400, "invalid-json"]);
    }
  });

  it("text that looks like base64 stays text, and bytes that spell base64 stay bytes", async (instance) => {
    for (const text of ["AAAA", "SGVsbG8=", "YWJj", "TWFu", "/+8=", "e30="]) {
      assert.equal(textOf(await instance.send(post({ text }))), JSON.stringify({ text }));
      assert.equal(textOf(await instance.send(postBytes(Buffer.from(text)))), text);
      // Not JSON. Some of the texts would be JSON if something decoded them from base64 first.
      await assertLikeCore(instance, echo, post(text), text);
    }
  });

  it("a compressed binary body is inflated", async ({ send }) => {
    const headers = [["content-type", "image/png"] as const, ["Content-Encoding", "gzip"] as const];
    const response = await send(request({ headers, body: gzipSync(EVERY_BYTE) }));
    assertBytes(response.body, EVERY_BYTE);
  });
}

/** Every byte value before every other, in bodies that every platform accepts. */
function everyPair(): Uint8Array[] {
  const pairs = new Uint8Array(2 * 65_536);
  for (let index = 0; index < 65_536; index++) pairs.set([index >> 8, index & 255], 2 * index);
  return [0, 1, 2, 3].map((quarter) => pairs.subarray(quarter * 32_768, (quarter + 1) * 32_768));
}
