import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { definePredictor } from "../../predictor.ts";
import type { Host } from "../host.ts";
import { rounds } from "../random.ts";
import { assertLikeCore } from "../reference.ts";
import { check, serve } from "../suite.ts";
import {
  assertBytes,
  headerLines,
  headerOf,
  JSON_TYPE,
  jsonOf,
  post,
  postBytes,
  request,
  type Send,
  textOf,
  type WireRequest,
  type WireResponse,
} from "../wire.ts";

/** Sets the headers that its input names, and returns JSON, or the bytes that it received. */
const setter = definePredictor({
  name: "setter",
  load: () => ({}),
  predict(input: unknown, { request: { headers }, responseHeaders }) {
    if (!(input instanceof Uint8Array)) {
      Object.assign(responseHeaders, input);
      return { set: true };
    }
    const { "x-answer-type": type, "x-answer-encoding": encoding } = headers;
    if (type !== undefined) responseHeaders["content-type"] = type;
    if (encoding !== undefined) responseHeaders["content-encoding"] = encoding;
    return input;
  },
});

type Headers = Readonly<Record<string, string | readonly string[]>>;

async function answer(send: Send, headers: Headers): Promise<WireResponse> {
  const response = await send(post(headers));
  assert.equal(response.status, 200, textOf(response));
  assert.deepEqual(jsonOf(response), { set: true });
  return response;
}

/** Asks for the body back as `type`, and in `encoding`. */
function asking(type: string, body: Uint8Array, encoding?: string): WireRequest {
  const headers: WireRequest["headers"] = [
    ["content-type", "application/octet-stream"],
    ["x-answer-type", type],
    ...(encoding === undefined ? [] : [["x-answer-encoding", encoding] as const]),
  ];
  return request({ headers, body });
}

/** Each has a part that breaks other adapters: commas in dates, attributes without values, no attributes. */
const COOKIES = [
  "session=aGVsbG8; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; SameSite=Lax",
  "theme=dark; Path=/app; Expires=Thu, 22 Oct 2026 07:28:00 GMT; Max-Age=3600; Secure",
  "lang=de; Path=/; Domain=example.com; Expires=Fri, 23 Oct 2026 07:28:00 GMT; SameSite=Strict",
  "empty=; Path=/; Max-Age=0",
  "encoded=a%20b%2Cc; Path=/",
];

const REPEATS: readonly (readonly string[])[] = [["1", "2"], ["a", "b, c", "a"], ["only"]];

/** Headers that would split a response, that no platform sends, or that a predictor must not set. */
const REFUSED: readonly Record<string, unknown>[] = [
  { "x-split": "a\r\nset-cookie: stolen=1" },
  { "x-split": "a\nb" },
  { "x-nul": "a\u0000b" },
  { "x-wide": "€" },
  { "x wide": "a" },
  { "": "a" },
  { "x-number": 1 },
  { "x-many": ["fine", null] },
  { "content-length": "1" },
  { "Transfer-Encoding": "chunked" },
  { "x-tricast-instance": "mine" },
  { "X-Request-Id": "mine" },
];

export function responseHeaders(host: Host): void {
  const it = serve(host, () => ({ predictor: setter }));
  const { setCookie, repeatedReplyHeader } = host.differences;
  const read = setCookie?.expect ?? ((line: string) => line);

  it("every cookie is a header of its own, also with a comma in Expires", async ({ send }) => {
    for (const cookies of [COOKIES.slice(0, 2), COOKIES, COOKIES.toReversed()]) {
      const lines = headerLines(await answer(send, { "set-cookie": cookies }), "set-cookie");
      assert.deepEqual(lines.map(read), cookies.map(read));
    }
  });

  it("one cookie is one unchanged header, written as a string or as a list", async ({ send }) => {
    for (const cookie of [...COOKIES, 'raw="x, y"; Partitioned', "bare=a=b=c"]) {
      assert.deepEqual(headerLines(await answer(send, { "set-cookie": cookie }), "set-cookie"), [cookie]);
      assert.deepEqual(headerLines(await answer(send, { "set-cookie": [cookie] }), "set-cookie"), [cookie]);
    }
  });

  it("a cookie with a quoted value and an unknown attribute stays exact, and the other cookies arrive too", async ({
    send,
  }) => {
    const cookies = ['raw="x, y"; Path=/; Partitioned', ...COOKIES.slice(0, 2)];
    const lines = headerLines(await answer(send, { "set-cookie": cookies }), "set-cookie");
    assert.equal(lines[0], cookies[0]);
    assert.deepEqual(lines.map(read), cookies.map(read));
  });

  it("a response without cookies has no set-cookie", async ({ send }) => {
    assert.deepEqual(headerLines(await answer(send, { "x-other": "1" }), "set-cookie"), []);
  });

  it("a repeated header is sent once per value", async ({ send }) => {
    const expect = repeatedReplyHeader?.expect ?? ((values: readonly string[]) => values);
    for (const values of REPEATS) {
      assert.deepEqual(headerLines(await answer(send, { "x-many": values }), "x-many"), expect(values));
    }
  });

  it("any value of a header is sent unchanged", ({ send }) =>
    rounds(async (random) => {
      const names = random.list(1 + random.integer(3), () => random.headerName());
      const free = names.filter((name) => !name.startsWith("x-tricast") && name !== "x-request-id");
      const value = random.headerValue();
      const response = await answer(send, Object.fromEntries(free.map((name) => [name, value])));
      for (const name of free) assert.deepEqual(headerLines(response, name), [value]);
    }));

  it("bytes have the content type the predictor gives them, and stay bytes under a text type too", async ({ send }) => {
    const bodies = [Uint8Array.of(0, 255, 128, 10), Buffer.from("text, é"), Buffer.from('{"a":1}')];
    for (const type of ["image/png", "text/plain; charset=utf-8", "application/json", "application/x-npy"]) {
      for (const body of bodies) {
        const response = await send(asking(type, body));
        assert.deepEqual(headerLines(response, "content-type"), [type]);
        assertBytes(response.body, body, type);
      }
    }
  });

  it("bytes without a content type of their own are application/octet-stream", async ({ send }) => {
    const response = await send(postBytes(Uint8Array.of(1)));
    assert.deepEqual(headerLines(response, "content-type"), ["application/octet-stream"]);
  });

  it("bytes that the predictor has compressed are sent unchanged, with the content-encoding it sets", async ({
    send,
  }) => {
    const body = gzipSync('{"packed":true}');
    const response = await send(asking("application/json", body, "gzip"));
    assert.deepEqual(headerLines(response, "content-encoding"), ["gzip"]);
    assertBytes(response.body, body);
  });

  it("headers of one response do not appear in the next, nor in an error after it", async ({ send }) => {
    await answer(send, { "x-mine": "1", "set-cookie": COOKIES.slice(0, 1) });
    for (const next of [await send(post({})), await send(request({ headers: JSON_TYPE, body: Buffer.from("{") }))]) {
      assert.equal(headerOf(next, "x-mine"), undefined);
      assert.equal(headerOf(next, "set-cookie"), undefined);
    }
  });

  it("every response names its request, its instance, its timings, and whether it was a cold start", async ({
    send,
  }) => {
    const response = await answer(send, {});
    assert.match(headerOf(response, "x-request-id") ?? "", /^.{8,}$/);
    assert.match(headerOf(response, "x-tricast-instance") ?? "", /^[a-z0-9]{16}$/);
    assert.match(headerOf(response, "x-tricast-cold-start") ?? "", /^(true|false)$/);
    assert.match(headerOf(response, "server-timing") ?? "", /decode;dur=.*predict;dur=/);
  });

  it("an empty list sends no header", async ({ send }) => {
    const response = await answer(send, { "x-none": [], "set-cookie": [], "x-one": "1" });
    assert.deepEqual(headerLines(response, "x-none"), []);
    assert.deepEqual(headerLines(response, "set-cookie"), []);
    assert.deepEqual(headerLines(response, "x-one"), ["1"]);
  });

  it("letters of Latin-1 are kept, and empty values are sent as such", async ({ send }) => {
    const response = await answer(send, { "x-latin": "caf\u00e9 \u00ff", "x-empty": "" });
    assert.deepEqual(headerLines(response, "x-latin"), ["caf\u00e9 \u00ff"]);
    assert.deepEqual(headerLines(response, "x-empty"), [""]);
  });

  it("a header that cannot be sent is invalid-output, the same everywhere, and the next response is sent", async (instance) => {
    for (const headers of REFUSED) {
      const response = await assertLikeCore(instance, setter, post(headers), JSON.stringify(headers));
      assert.deepEqual([response.status, jsonOf(response).code], [500, "invalid-output"]);
      assert.equal(headerOf(response, "set-cookie"), undefined);
      await answer(instance.send, { "x-next": "1" });
    }
  });

  check("every difference declared for responses is real: without it these cases would fail", () => {
    if (setCookie !== undefined) assert.ok(COOKIES.some((cookie) => setCookie.expect(cookie) !== cookie));
    if (repeatedReplyHeader !== undefined) assert.equal(repeatedReplyHeader.expect(["1", "2"]).length, 1);
  });
}
