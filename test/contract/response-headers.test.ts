import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { definePredictor } from "@tricast/core";
import fc from "fast-check";
import type { WireRequest, WireResponse } from "../events/event-source.ts";
import { fleet } from "./support/fleet.ts";
import { assertLikeCore } from "./support/reference.ts";
import { headerLines, headerOf, JSON_TYPE, jsonOf, post, postBytes, request } from "./support/requests.ts";

/** Sets the headers it is told to, and answers with the bytes it got, or with JSON. */
const { each } = fleet(() => ({
  predictor: definePredictor({
    name: "setter",
    load: () => ({}),
    predict(input: unknown, { request: asked, responseHeaders }) {
      if (input instanceof Uint8Array) {
        const type = asked.headers["x-answer-type"];
        if (type !== undefined) responseHeaders["content-type"] = type;
        const encoding = asked.headers["x-answer-encoding"];
        if (encoding !== undefined) responseHeaders["content-encoding"] = encoding;
        return input;
      }
      Object.assign(responseHeaders, input);
      return { set: true };
    },
  }),
}));

type Send = (request: WireRequest) => Promise<WireResponse>;

async function answer(send: Send, headers: Record<string, string | readonly string[]>): Promise<WireResponse> {
  const response = await send(post(headers));
  assert.equal(response.status, 200, Buffer.from(response.body).toString());
  assert.deepEqual(JSON.parse(Buffer.from(response.body).toString()), { set: true });
  return response;
}

/** Each with what has broken elsewhere: commas in dates, attributes without values, no attributes at all. */
const COOKIES = [
  "session=aGVsbG8; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; SameSite=Lax",
  "theme=dark; Path=/app; Expires=Thu, 22 Oct 2026 07:28:00 GMT; Max-Age=3600; Secure",
  "lang=de; Path=/; Domain=example.com; Expires=Fri, 23 Oct 2026 07:28:00 GMT; SameSite=Strict",
  "empty=; Path=/; Max-Age=0",
  "encoded=a%20b%2Cc; Path=/",
];

each("every cookie is a header of its own, commas in Expires and all", async ({ host, send }) => {
  const read = host.differences.setCookie?.expect ?? ((line: string) => line);
  for (const cookies of [COOKIES.slice(0, 2), COOKIES, COOKIES.toReversed()]) {
    const lines = headerLines(await answer(send, { "set-cookie": cookies }), "set-cookie");
    assert.deepEqual(lines.map(read), cookies.map(read));
  }
});

each("one cookie is one header, written as a string or as a list, exactly as it was", async ({ send }) => {
  for (const cookie of [...COOKIES, 'raw="x, y"; Partitioned', "bare=a=b=c"]) {
    assert.deepEqual(headerLines(await answer(send, { "set-cookie": cookie }), "set-cookie"), [cookie]);
    assert.deepEqual(headerLines(await answer(send, { "set-cookie": [cookie] }), "set-cookie"), [cookie]);
  }
});

each("a cookie that only one header can carry exactly does not lose its siblings", async ({ host, send }) => {
  const read = host.differences.setCookie?.expect ?? ((line: string) => line);
  const cookies = ['raw="x, y"; Path=/; Partitioned', ...COOKIES.slice(0, 2)];
  const lines = headerLines(await answer(send, { "set-cookie": cookies }), "set-cookie");
  assert.equal(lines[0], cookies[0]);
  assert.deepEqual(lines.map(read), cookies.map(read));
});

each("an answer without cookies has none", async ({ send }) => {
  assert.deepEqual(headerLines(await answer(send, { "x-other": "1" }), "set-cookie"), []);
});

const REPEATS: readonly (readonly string[])[] = [["1", "2"], ["a", "b, c", "a"], ["only"]];

each("a repeated header is sent once per value", async ({ host, send }) => {
  const expect = host.differences.repeatedReplyHeader?.expect ?? ((values: readonly string[]) => values);
  for (const values of REPEATS) {
    assert.deepEqual(headerLines(await answer(send, { "x-many": values }), "x-many"), expect(values));
  }
});

each("any value of a header comes out as it went in", async ({ send }) => {
  const name = fc.stringMatching(/^x-[a-z0-9-]{1,12}$/).filter((text) => !text.startsWith("x-tricast"));
  const value = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), value, async (names, text) => {
      fc.pre(!names.includes("x-request-id"));
      const response = await answer(send, Object.fromEntries(names.map((each) => [each, text])));
      for (const each of names) assert.deepEqual(headerLines(response, each), [text]);
    }),
  );
});

each("bytes have the content type the predictor gives them, and stay bytes under a text type too", async ({ send }) => {
  const bodies = [Uint8Array.of(0, 255, 128, 10), Buffer.from("text, é"), Buffer.from('{"a":1}')];
  for (const type of ["image/png", "text/plain; charset=utf-8", "application/json", "application/x-npy"]) {
    for (const body of bodies) {
      const headers: WireRequest["headers"] = [
        ["content-type", "application/octet-stream"],
        ["x-answer-type", type],
      ];
      const response = await send(request({ headers, body }));
      assert.deepEqual(headerLines(response, "content-type"), [type]);
      assert.deepEqual(Buffer.from(response.body), Buffer.from(body), type);
    }
  }
});

each("bytes without a content type of their own are application/octet-stream", async ({ send }) => {
  assert.deepEqual(headerLines(await send(postBytes(Uint8Array.of(1))), "content-type"), ["application/octet-stream"]);
});

each("headers of one answer do not appear in the next, nor in an error after it", async ({ send }) => {
  await answer(send, { "x-mine": "1", "set-cookie": COOKIES[0]! });
  for (const next of [await send(post({})), await send(request({ headers: JSON_TYPE, body: Buffer.from("{") }))]) {
    assert.equal(headerOf(next, "x-mine"), undefined);
    assert.equal(headerOf(next, "set-cookie"), undefined);
  }
});

each(
  "every answer names its request, its instance, where the time went, and whether it was a cold start",
  async ({ send }) => {
    const response = await answer(send, {});
    assert.match(headerOf(response, "x-request-id") ?? "", /^.{8,}$/);
    assert.match(headerOf(response, "x-tricast-instance") ?? "", /^[a-z0-9]{16}$/);
    assert.match(headerOf(response, "x-tricast-cold-start") ?? "", /^(true|false)$/);
    assert.match(headerOf(response, "server-timing") ?? "", /decode;dur=.*predict;dur=/);
  },
);

each("bytes that the predictor has compressed are sent as they are, under the encoding it names", async ({ send }) => {
  const body = gzipSync('{"packed":true}');
  const headers: WireRequest["headers"] = [
    ["content-type", "application/octet-stream"],
    ["x-answer-type", "application/json"],
    ["x-answer-encoding", "gzip"],
  ];
  const response = await send(request({ headers, body }));
  assert.deepEqual(headerLines(response, "content-encoding"), ["gzip"]);
  assert.deepEqual(Buffer.from(response.body), body);
});

each("a list of no values sends no header", async ({ send }) => {
  const response = await answer(send, { "x-none": [], "set-cookie": [], "x-one": "1" });
  assert.deepEqual(headerLines(response, "x-none"), []);
  assert.deepEqual(headerLines(response, "set-cookie"), []);
  assert.deepEqual(headerLines(response, "x-one"), ["1"]);
});

each("letters of Latin-1 are kept, and empty values are sent as such", async ({ send }) => {
  const response = await answer(send, { "x-latin": "caf\u00e9 \u00ff", "x-empty": "" });
  assert.deepEqual(headerLines(response, "x-latin"), ["caf\u00e9 \u00ff"]);
  assert.deepEqual(headerLines(response, "x-empty"), [""]);
});

/** What would split a response, what no platform sends, and what is not for a predictor to say. */
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

each(
  "a header that cannot be sent is invalid-output, the same everywhere, and the next answer is sent",
  async (instance) => {
    for (const headers of REFUSED) {
      const response = await assertLikeCore(
        instance,
        instance.subject.predictor,
        post(headers),
        JSON.stringify(headers),
      );
      assert.deepEqual([response.status, jsonOf(response).code], [500, "invalid-output"]);
      assert.equal(headerOf(response, "set-cookie"), undefined);
      await answer(instance.send, { "x-next": "1" });
    }
  },
);

each("every platform difference named for replies is one: without it these cases would fail", async ({ host }) => {
  const { setCookie, repeatedReplyHeader } = host.differences;
  if (setCookie !== undefined) assert.ok(COOKIES.some((cookie) => setCookie.expect(cookie) !== cookie));
  if (repeatedReplyHeader !== undefined) assert.equal(repeatedReplyHeader.expect(["1", "2"]).length, 1);
});
