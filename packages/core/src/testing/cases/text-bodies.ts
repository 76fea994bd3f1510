import assert from "node:assert/strict";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { Host } from "../host.ts";
import { rounds } from "../random.ts";
import { assertLikeCore, assertSame, coreAnswer } from "../reference.ts";
import { check, serve } from "../suite.ts";
import { JSON_TYPE, jsonOf, post, postBytes, request, textOf, type WireRequest } from "../wire.ts";
import { echo } from "./echo.ts";

const TEXTS = ["𝒳😀\u{10FFFF}", "\ud800", "\udc00 \ud800", "\u0000\u001f\u007f\u2028\u2029", "\ufeff", "é e\u0301 ﷺ"];

const LINES: readonly (readonly [type: string, body: string])[] = [
  ["text/csv", '1,two,3.5\r\n4,"a ""b"",\nc",6\r\n'],
  ["text/csv; header=present", "\ufeffa,b\n1,é\n2,😀"],
  ["application/x-ndjson", '{"a":1}\n\n{"b":"é"}\r\n[]'],
  ["application/jsonl", '1\n"two"\nnull\n'],
];

const JSON_TEXT = Buffer.from('{"deep":"é😀"}');

const ENCODED: readonly (readonly [encoding: string, body: Uint8Array])[] = [
  ["gzip", gzipSync(JSON_TEXT)],
  ["x-gzip", gzipSync(JSON_TEXT)],
  ["br", brotliCompressSync(JSON_TEXT)],
  ["deflate", deflateSync(JSON_TEXT)],
  ["gzip, br", brotliCompressSync(gzipSync(JSON_TEXT))],
  ["identity", JSON_TEXT],
];

/** JSON text with bytes that are not UTF-8. */
const NOT_UTF8 = Buffer.from([0x22, 0x61, 0xff, 0xc3, 0x28, 0x22]);

export function textBodies(host: Host): void {
  const it = serve(host, () => ({ predictor: echo }));
  const { textBody } = host.differences;

  it("JSON keeps every UTF-16 unit: any script, astral planes, escaped halves of pairs", async (instance) => {
    for (const text of TEXTS) {
      assert.equal(jsonOf(await instance.send(post({ text }))).text, text);
      await assertLikeCore(instance, echo, post({ text }), JSON.stringify(text));
    }
    await rounds(async (random) => {
      const sent = { [`k${random.text()}`]: [random.text()] };
      assert.deepEqual(jsonOf(await instance.send(post(sent))), sent);
    });
  });

  it("the response to JSON is the core's, byte for byte", (instance) =>
    rounds(async (random) => {
      const value = random.json();
      await assertLikeCore(instance, echo, post(value), JSON.stringify(value));
    }));

  it("gzip, br and deflate bodies are inflated, alone and in layers", async (instance) => {
    for (const [encoding, body] of ENCODED) {
      const headers: WireRequest["headers"] = [...JSON_TYPE, ["content-encoding", encoding]];
      const response = await assertLikeCore(instance, echo, request({ headers, body }), encoding);
      assert.equal(textOf(response), JSON_TEXT.toString());
    }
  });

  it("JSON that is not UTF-8 is refused, or arrives as the platform converts it", async (instance) => {
    const seen = textBody?.expect(NOT_UTF8) ?? NOT_UTF8;
    const wire = request({ headers: JSON_TYPE, body: NOT_UTF8 });
    const response = await instance.send(wire);
    assertSame(response, await coreAnswer(echo, { ...wire, body: seen }, host));
    assert.equal(response.status, textBody === undefined ? 400 : 200);
  });

  it("CSV and NDJSON are the same lines everywhere, with either line end and a byte order mark", async (instance) => {
    for (const [type, body] of LINES) {
      const response = await assertLikeCore(instance, echo, postBytes(Buffer.from(body), type), type);
      assert.equal(response.status, 200, type);
    }
  });

  it("JSON that is nested too deeply is the client's error, and the next request is served", async ({ send }) => {
    const response = await send(post(`${"[".repeat(25_000)}${"]".repeat(25_000)}`));
    assert.deepEqual([response.status, jsonOf(response).code], [400, "invalid-json"]);
    assert.deepEqual(jsonOf(await send(post({ next: 1 }))), { next: 1 });
  });

  check("a difference declared for text bodies is real: without it these cases would fail", () => {
    if (textBody !== undefined) assert.ok(!Buffer.from(textBody.expect(NOT_UTF8)).equals(NOT_UTF8));
  });
}
