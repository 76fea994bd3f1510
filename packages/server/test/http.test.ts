import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { definePredictor } from "@tricast/core";
import { get, post } from "./support/calls.ts";
import { start } from "./support/start.ts";
import { openWire, postText } from "./support/wire.ts";

const echo = definePredictor({
  name: "echo",
  load: () => ({}),
  predict: (input: unknown, { request }) =>
    input instanceof Uint8Array ? input : { input: input as object, path: request.path, query: request.query },
});

describe("requests over HTTP", () => {
  test("bytes come back as they were sent", async (t) => {
    const { origin } = await start(t, echo);
    const sent = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
    const response = await fetch(`${origin}/predict`, {
      method: "POST",
      body: sent,
      headers: { "content-type": "application/octet-stream" },
    });
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), sent);
  });

  test("pipelined requests are answered in their order", async (t) => {
    const { port } = await start(t, echo);
    const wire = openWire(port);
    wire.write([1, 2, 3].map((value) => postText("/predict", JSON.stringify(value))).join(""));
    const all = await wire.until('"input":3');
    assert.deepEqual(
      [...all.matchAll(/"input":(\d)/g)].map(([, value]) => value),
      ["1", "2", "3"],
    );
    wire.socket.destroy();
  });

  test("a compressed body is inflated, for every protocol", async (t) => {
    const { origin } = await start(t, echo);
    for (const path of ["/predict", "/score"]) {
      const response = await fetch(origin + path, {
        method: "POST",
        body: gzipSync('{"a":1}'),
        headers: { "content-type": "application/json", "content-encoding": "gzip" },
      });
      assert.deepEqual(((await response.json()) as { input: unknown }).input, { a: 1 });
    }
  });

  test("a body that inflates to more than the limit is refused", async (t) => {
    const { origin } = await start(t, echo, { maxBodyBytes: 1_000 });
    const response = await fetch(`${origin}/predict`, {
      method: "POST",
      body: gzipSync(JSON.stringify("x".repeat(10_000))),
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
    });
    assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [413, "body-too-large"]);
  });

  test("a body that says it is too large is refused before a byte of it came", async (t) => {
    const { port } = await start(t, echo, { maxBodyBytes: 10 });
    const wire = openWire(port);
    wire.write("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 11\r\n\r\n");
    assert.match(await wire.until("body-too-large"), /^HTTP\/1\.1 413 /);
    wire.socket.destroy();
  });

  test("a body of unknown length is refused as soon as it is too large", async (t) => {
    const { port } = await start(t, echo, { maxBodyBytes: 10 });
    const wire = openWire(port);
    wire.write("POST /predict HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    wire.write("6\r\n123456\r\n");
    wire.write("6\r\n123456\r\n");
    assert.match(await wire.until("body-too-large"), /^HTTP\/1\.1 413 /);
    wire.socket.destroy();
  });

  test("a client that asks first is told to go on, or that its body is too large", async (t) => {
    const { port } = await start(t, echo, { maxBodyBytes: 10 });
    const large = openWire(port);
    large.write("POST /predict HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 11\r\n\r\n");
    assert.match(await large.until("body-too-large"), /^HTTP\/1\.1 413 /);
    large.socket.destroy();
    const small = openWire(port);
    small.write(
      "POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n",
    );
    await small.until("100 Continue");
    small.write("42");
    assert.match(await small.until('"input":42'), /HTTP\/1\.1 200 /);
    small.socket.destroy();
  });

  test("a client that takes us for a proxy is understood", async (t) => {
    const { port } = await start(t, echo);
    const wire = openWire(port);
    wire.write(postText("http://example.com/predict?a=%20b", "1"));
    assert.match(await wire.until('"query":"a=%20b"'), /"path":"\/predict"/);
    wire.socket.destroy();
  });

  test("a request id of the caller is kept, and one that cannot be logged safely is not", async (t) => {
    const { origin } = await start(t, echo);
    const kept = await post(origin, "/predict", 1, { headers: { "x-request-id": "abc-123" } });
    assert.equal(kept.headers.get("x-request-id"), "abc-123");
    const made = await post(origin, "/predict", 1, { headers: { "x-request-id": "a b" } });
    assert.match(made.headers.get("x-request-id") ?? "", /^[a-z0-9]{16}$/);
  });
});

describe("bytes that are no request", () => {
  const CASES: readonly (readonly [title: string, bytes: string, status: number])[] = [
    ["nonsense", "nonsense\r\n\r\n", 400],
    ["no host", "GET /health HTTP/1.1\r\n\r\n", 400],
    ["two lengths", "POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400],
    [
      "a length and chunks, as request smuggling has it",
      "POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["a head that is too large", `GET /health HTTP/1.1\r\nhost: x\r\nx-large: ${"a".repeat(2_000)}\r\n\r\n`, 431],
  ];
  for (const [title, bytes, status] of CASES) {
    test(`${title}: ${status}, and the connection ends`, async (t) => {
      const { port, origin } = await start(t, echo, { maxHeaderBytes: 1_024 });
      const wire = openWire(port);
      wire.write(bytes);
      assert.match(await wire.closed, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.equal((await get(origin, "/health")).status, 200);
    });
  }

  test("a client too slow with its head, or with its body, is told 408", async (t) => {
    const { port, origin } = await start(t, echo, { headersTimeoutMs: 200, receiveTimeoutMs: 400 });
    const head = openWire(port);
    head.write("POST /predict HTTP/1.1\r\nhost: x\r\n");
    const body = openWire(port);
    body.write("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345");
    assert.match(await head.closed, /^HTTP\/1\.1 408 /);
    assert.match(await body.closed, /^HTTP\/1\.1 408 /);
    assert.match((await get(origin, "/metrics")).text, /client_errors_total\{reason="ERR_HTTP_REQUEST_TIMEOUT"\} 2/);
  });
});

describe("several predictors", () => {
  const twice = definePredictor({
    name: "twice",
    load: () => ({}),
    predict: (value: number) => ({ value: value * 2 }),
  });
  const thrice = definePredictor({
    name: "thrice",
    cors: { origins: "*" },
    load: () => ({}),
    predict: (value: number) => ({ value: value * 3 }),
  });

  test("each answers below its name", async (t) => {
    const { origin } = await start(t, [twice, thrice]);
    assert.deepEqual((await post(origin, "/twice/predict", 2)).body, { value: 4 });
    assert.deepEqual((await post(origin, "/thrice/predict", 2)).body, { value: 6 });
    assert.equal(JSON.parse((await get(origin, "/thrice/metadata")).text).name, "thrice");
  });

  test("a name that is not served is a 404 that says which are", async (t) => {
    const { origin } = await start(t, [twice, thrice]);
    const missing = await post(origin, "/once/predict", 2);
    assert.equal(missing.status, 404);
    assert.match(String(missing.body.detail), /"once"; it has twice, thrice/);
    assert.equal((await post(origin, "/predict", 2)).status, 404);
  });

  test("readiness tells the state of each", async (t) => {
    const { origin } = await start(t, [twice, thrice]);
    const ready = await get(origin, "/ready");
    assert.equal(ready.status, 200);
    assert.deepEqual(JSON.parse(ready.text), { ready: true, models: { twice: "ready", thrice: "ready" } });
  });

  test("a method that a path does not take is a 405 with those it takes; a preflight is its predictor's", async (t) => {
    const { origin } = await start(t, [twice, thrice]);
    const wrong = await fetch(`${origin}/live`, { method: "DELETE" });
    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD"]);
    const preflight = await fetch(`${origin}/thrice/predict`, {
      method: "OPTIONS",
      headers: { origin: "https://a.example", "access-control-request-method": "POST" },
    });
    assert.deepEqual([preflight.status, preflight.headers.get("access-control-allow-origin")], [204, "*"]);
  });
});
