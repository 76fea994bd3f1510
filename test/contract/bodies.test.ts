import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { definePredictor } from "@tricast/core";
import fc from "fast-check";
import type { WireRequest } from "../events/event-source.ts";
import { fleet } from "./support/fleet.ts";
import { anyText, randomBytes, SEED } from "./support/random.ts";
import { assertLikeCore, assertSame, coreAnswer } from "./support/reference.ts";
import { headerOf, JSON_TYPE, jsonOf, post, postBytes, request } from "./support/requests.ts";

/** What the echo says of bytes when it is asked for a digest, because no platform replies with 4 MB for certain. */
function digestOf(bytes: Uint8Array): { bytes: number; sha256: string } {
  return { bytes: bytes.byteLength, sha256: createHash("sha256").update(bytes).digest("hex") };
}

const echo = definePredictor({
  name: "echo",
  load: () => ({}),
  predict: (input: unknown, { request: { headers } }) =>
    input instanceof Uint8Array && headers["x-answer"] === "digest" ? digestOf(input) : input,
});

const { each } = fleet(() => ({ predictor: echo }));

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, value) => value);
const BINARY_TYPES = ["application/octet-stream", "image/png", "IMAGE/JPEG"];

each("random bytes come back byte for byte, whatever binary type they have", async ({ send }) => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 4_000, size: "max" });
  await fc.assert(
    fc.asyncProperty(bytes, fc.constantFrom(...BINARY_TYPES), async (body, type) => {
      const response = await send(postBytes(body, type));
      assert.equal(response.status, 200);
      assert.equal(headerOf(response, "content-type"), "application/octet-stream");
      assert.deepEqual(Buffer.from(response.body), Buffer.from(body));
    }),
  );
});

each(
  "every byte value survives both ways, in any order, beside itself and as what UTF-8 cannot be",
  async ({ send }) => {
    const pairs = new Uint8Array(2 * 65_536);
    for (let index = 0; index < 65_536; index++) pairs.set([index >> 8, index & 255], 2 * index);
    for (const body of [EVERY_BYTE, EVERY_BYTE.toReversed(), pairs]) {
      assert.deepEqual(Buffer.from((await send(postBytes(body))).body), Buffer.from(body));
    }
    for (let value = 0; value < 256; value++) {
      assert.deepEqual([...(await send(postBytes(Uint8Array.of(value)))).body], [value]);
    }
  },
);

each("bodies of up to 4 MB arrive whole", async ({ host, send }) => {
  const most = host.requestBytes ?? 4 * 2 ** 20;
  for (const size of [65_535, 65_536, 1_000_003, most].filter((bytes) => bytes <= most)) {
    const body = randomBytes(size, SEED + size);
    const headers = [["content-type", "application/octet-stream"] as const, ["X-Answer", "digest"] as const];
    const response = await send(request({ headers, body }));
    assert.equal(response.status, 200, `${size} bytes: ${Buffer.from(response.body.subarray(0, 300))}`);
    assert.deepEqual(jsonOf(response), digestOf(body));
  }
});

each("large replies leave whole, as far as the platform takes them", async ({ host, send }) => {
  // Bytes are a third longer as base64, and the envelope needs room.
  const most = Math.min(host.requestBytes ?? 4 * 2 ** 20, Math.floor(((host.replyBytes ?? 2 ** 24) - 65_536) * 0.75));
  const body = randomBytes(most);
  const response = await send(postBytes(body));
  assert.equal(response.status, 200);
  assert.deepEqual(digestOf(response.body), digestOf(body));
});

each("a body of no bytes is none, whatever its type", async (instance) => {
  for (const type of [...BINARY_TYPES, "application/json", "text/csv"]) {
    const response = await assertLikeCore(instance, echo, postBytes(new Uint8Array(), type), type);
    assert.deepEqual([response.status, jsonOf(response).code], [400, "invalid-json"]);
  }
});

each("JSON keeps every UTF-16 unit: any script, astral planes, escaped halves of pairs", async (instance) => {
  const fixed = ["𝒳😀\u{10FFFF}", "\ud800", "\udc00 \ud800", "\u0000\u001f\u007f\u2028\u2029", "\ufeff", "é e\u0301 ﷺ"];
  for (const text of fixed) {
    assert.equal(jsonOf(await instance.send(post({ text }))).text, text);
    await assertLikeCore(instance, echo, post({ text }), JSON.stringify(text));
  }
  await fc.assert(
    fc.asyncProperty(anyText, anyText, async (key, text) => {
      const sent = post({ [`k${key}`]: [text] });
      assert.deepEqual(jsonOf(await instance.send(sent)), { [`k${key}`]: [text] });
    }),
  );
});

each("JSON is answered like the core answers it, byte for byte", async (instance) => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (value) => {
      await assertLikeCore(instance, echo, post(value), JSON.stringify(value));
    }),
  );
});

each("text that looks like base64 stays text, and bytes that spell base64 stay bytes", async (instance) => {
  for (const text of ["AAAA", "SGVsbG8=", "YWJj", "TWFu", "/+8=", "e30="]) {
    assert.equal(Buffer.from((await instance.send(post({ text }))).body).toString(), JSON.stringify({ text }));
    assert.equal(Buffer.from((await instance.send(postBytes(Buffer.from(text)))).body).toString(), text);
    // Not JSON; nobody may decode it first and find that it is.
    await assertLikeCore(instance, echo, post(text), text);
  }
});

each("gzip, br and deflate bodies are inflated, alone and in layers, with any type", async (instance) => {
  const json = Buffer.from('{"deep":"é😀"}');
  const encoded: readonly (readonly [encoding: string, body: Uint8Array])[] = [
    ["gzip", gzipSync(json)],
    ["x-gzip", gzipSync(json)],
    ["br", brotliCompressSync(json)],
    ["deflate", deflateSync(json)],
    ["gzip, br", brotliCompressSync(gzipSync(json))],
    ["identity", json],
  ];
  for (const [encoding, body] of encoded) {
    const headers: WireRequest["headers"] = [...JSON_TYPE, ["content-encoding", encoding]];
    const response = await assertLikeCore(instance, echo, request({ headers, body }), encoding);
    assert.equal(Buffer.from(response.body).toString(), json.toString());
  }
  const headers: WireRequest["headers"] = [
    ["content-type", "image/png"],
    ["Content-Encoding", "gzip"],
  ];
  const response = await instance.send(request({ headers, body: gzipSync(EVERY_BYTE) }));
  assert.deepEqual(Buffer.from(response.body), Buffer.from(EVERY_BYTE));
});

each("JSON that is not UTF-8 is refused, or is what the platform has made of it", async (instance) => {
  const sent = Buffer.from([0x22, 0x61, 0xff, 0xc3, 0x28, 0x22]);
  const { textBody } = instance.host.differences;
  const seen = textBody?.expect(sent) ?? sent;
  const wire = request({ headers: JSON_TYPE, body: sent });
  assertSame(await instance.send(wire), await coreAnswer(echo, { ...wire, body: seen }, instance.host.mount));
  assert.equal((await instance.send(wire)).status, textBody === undefined ? 400 : 200);
});

each("CSV and NDJSON are the same lines everywhere, with either line end and a byte order mark", async (instance) => {
  const bodies: readonly (readonly [type: string, body: string])[] = [
    ["text/csv", '1,two,3.5\r\n4,"a ""b"",\nc",6\r\n'],
    ["text/csv; header=present", "\ufeffa,b\n1,é\n2,😀"],
    ["application/x-ndjson", '{"a":1}\n\n{"b":"é"}\r\n[]'],
    ["application/jsonl", '1\n"two"\nnull\n'],
  ];
  for (const [type, body] of bodies) {
    const response = await assertLikeCore(instance, echo, postBytes(Buffer.from(body), type), type);
    assert.equal(response.status, 200, type);
  }
});

each("JSON that is nested without end is the client's error, and the next request is served", async ({ send }) => {
  const response = await send(post(`${"[".repeat(50_000)}${"]".repeat(50_000)}`));
  assert.equal(response.status, 400);
  assert.equal(jsonOf(response).code, "invalid-json");
  assert.deepEqual(jsonOf(await send(post({ next: 1 }))), { next: 1 });
});
