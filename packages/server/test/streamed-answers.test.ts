import assert from "node:assert/strict";
import { type IncomingMessage, request } from "node:http";
import { describe, it } from "node:test";
import { definePredictor, TricastError } from "@tricast/core";
import { collect } from "@tricast/core/adapter";
import { get, post, until } from "./support/calls.ts";
import { observe } from "./support/observed.ts";
import { start } from "./support/start.ts";
import { openWire, postText } from "./support/wire.ts";

const CHUNK = 65_536;

/** A predictor that answers with chunks, and counts them. */
function streaming(
  make: (input: number, produced: { chunks: number }, signal: AbortSignal) => AsyncGenerator<Uint8Array>,
) {
  const seen = { chunks: 0, ended: 0, failed: [] as unknown[] };
  const predictor = definePredictor({
    name: "streaming",
    load: () => ({}),
    predict: async (input: number, { signal }) => {
      const chunks = make(input, seen, signal);
      return (async function* () {
        try {
          for await (const chunk of chunks) {
            seen.chunks++;
            yield chunk;
          }
        } finally {
          seen.ended++;
        }
      })();
    },
  });
  return { predictor, seen };
}

/** As many chunks as the input says, each filled with its number. */
async function* numbered(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield new Uint8Array(CHUNK).fill(index);
}

const predict = (origin: string, count: number, init: RequestInit = {}) =>
  fetch(`${origin}/predict`, {
    method: "POST",
    body: String(count),
    headers: { "content-type": "application/json" },
    ...init,
  });

describe("an answer in chunks", () => {
  it("arrives byte for byte, without a length", async (t) => {
    const { origin } = await start(t, streaming(numbered).predictor);
    const response = await predict(origin, 20);
    assert.equal(response.headers.get("content-type"), "application/octet-stream");
    assert.equal(response.headers.get("transfer-encoding"), "chunked");
    assert.equal(response.headers.get("content-length"), null);
    const expected = Buffer.from(await collect(numbered(20), Number.POSITIVE_INFINITY));
    assert.ok(expected.equals(Buffer.from(await response.arrayBuffer())));
  });

  it("is there before its end", async (t) => {
    let goOn = () => {};
    const { predictor } = streaming(async function* () {
      yield Buffer.from("first");
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      yield Buffer.from("last");
    });
    const { port } = await start(t, predictor);
    const wire = openWire(port);
    wire.write(postText("/predict", "1"));
    await wire.until("first");
    assert.doesNotMatch(wire.received(), /last/);
    goOn();
    await wire.until("last\r\n0\r\n\r\n");
    // The connection serves the next request.
    wire.write("GET /live HTTP/1.1\r\nhost: x\r\n\r\n");
    await wire.until('"status":"ok"');
    wire.socket.destroy();
  });

  it("may be empty", async (t) => {
    const { origin } = await start(t, streaming(numbered).predictor);
    const response = await predict(origin, 0);
    assert.deepEqual([response.status, (await response.arrayBuffer()).byteLength], [200, 0]);
  });

  it("goes to a client of HTTP/1.0, which reads until the end of the connection", async (t) => {
    const { port } = await start(t, streaming(numbered).predictor);
    const wire = openWire(port);
    wire.write("POST /predict HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n2");
    const received = await wire.closed;
    assert.doesNotMatch(received, /transfer-encoding/i);
    assert.equal(received.length - received.indexOf("\r\n\r\n") - 4, 2 * CHUNK);
  });

  it("keeps the order of pipelined requests", async (t) => {
    const { port } = await start(
      t,
      streaming(async function* (input) {
        for (let index = 0; index < 3; index++) yield Buffer.from(`<${input}.${index}>`);
      }).predictor,
    );
    const wire = openWire(port);
    wire.write(["1", "2"].map((value) => postText("/predict", value)).join(""));
    wire.write("GET /live HTTP/1.1\r\nhost: x\r\n\r\n");
    const received = await wire.until('"status":"ok"');
    const parts = [...received.matchAll(/<(\d\.\d)>/g)].map(([, part]) => part);
    assert.deepEqual(parts, ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2"]);
    wire.socket.destroy();
  });

  it("is passed on as it is by the routes of managed endpoints", async (t) => {
    const { origin } = await start(t, streaming(numbered).predictor);
    const headers = { "content-type": "application/json", accept: "application/json" };
    for (const path of ["/invocations", "/score"]) {
      const response = await fetch(origin + path, { method: "POST", body: "3", headers });
      assert.deepEqual([response.status, (await response.arrayBuffer()).byteLength], [200, 3 * CHUNK], path);
      assert.equal(response.headers.get("content-type"), "application/octet-stream");
    }
  });
});

describe("a client of an answer in chunks", () => {
  it("that reads slowly is not run ahead of: what is not read is not made", async (t) => {
    const count = 1_000;
    const { predictor, seen } = streaming(numbered);
    const { origin } = await start(t, predictor);
    // Buffers of the kernel on both sides, and those of Node.
    const most = 200;
    let received = 0;
    let furthest = 0;
    const response = await predict(origin, count);
    for await (const part of response.body as ReadableStream<Uint8Array>) {
      received += part.length;
      furthest = Math.max(furthest, seen.chunks - Math.floor(received / CHUNK));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(received, count * CHUNK);
    assert.ok(furthest <= most, `${furthest} chunks ahead`);
  });

  it("that leaves without having read it ends it, and its place is free again", async (t) => {
    const observed = observe(t);
    const { predictor, seen } = streaming(numbered);
    const options = { maxInFlight: 1, maxQueue: 0, accessLog: 1 };
    const { origin, port } = await start(t, predictor, options);
    const socket = openWire(port);
    socket.socket.pause();
    socket.write(postText("/predict", "1000000", ["x-request-id: left"]));
    await until("it is sent as far as it can be", async () => {
      const before = seen.chunks;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return before > 0 && seen.chunks === before;
    });
    assert.equal((await predict(origin, 1)).status, 429);
    socket.socket.destroy();
    await until("it has ended", () => seen.ended === 1);
    await until("there is room", async () => (await predict(origin, 1)).status === 200);
    const lines = observed.lines("left").filter(({ message }) => message === "request");
    assert.deepEqual(
      lines.map(({ status, code }) => [status, code]),
      [[200, "request-cancelled"]],
    );
  });

  it("that leaves while the next chunk is being made ends it too", async (t) => {
    const { predictor, seen } = streaming(async function* (_input, _seen, signal) {
      yield Buffer.from("first");
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const { origin, port } = await start(t, predictor, { maxInFlight: 1, maxQueue: 0 });
    const wire = openWire(port);
    wire.write(postText("/predict", "1"));
    await wire.until("first");
    assert.equal((await predict(origin, 1)).status, 429);
    wire.socket.destroy();
    await until("it has ended", () => seen.ended === 1);
    await until("there is room", async () => {
      const next = openWire(port);
      next.write(postText("/predict", "1"));
      const answer = await Promise.race([next.until("first"), next.until("429")]);
      next.socket.destroy();
      return answer.includes("first");
    });
  });

  it("sees that the connection breaks when it fails half-way", async (t) => {
    const observed = observe(t);
    const { predictor, seen } = streaming(async function* () {
      yield Buffer.from("half");
      // What is not flushed yet goes down with the connection.
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error("on purpose");
    });
    const { port } = await start(t, predictor, { accessLog: 1, maxInFlight: 1, maxQueue: 0 });
    const wire = openWire(port);
    wire.write(postText("/predict", "1", ["x-request-id: broken"]));
    const received = await wire.closed;
    assert.match(received, /^HTTP\/1\.1 200 /);
    assert.doesNotMatch(received, /0\r\n\r\n$/);
    assert.equal(seen.ended, 1);
    await until("its line", () => observed.lines("broken").some(({ message }) => message === "request"));
    const lines = observed.lines("broken").map(({ level, message, code }) => [level, message === "request", code]);
    assert.equal(lines.filter(([level]) => level === "error").length, 1, "it is logged once");
    assert.equal(lines.filter(([, isRequest]) => isRequest).length, 1);
  });

  it("reads a problem when it fails before the first chunk", async (t) => {
    const { predictor } = streaming(async function* () {
      if (Date.now() > 0) throw new TricastError("invalid-input", "there is nothing to say");
      yield Buffer.alloc(0);
    });
    const { origin } = await start(t, predictor);
    const { status, body } = await post(origin, "/predict", 1);
    assert.deepEqual([status, body.code], [422, "invalid-input"]);
  });

  it("keeps neither health checks nor other requests waiting", async (t) => {
    const { predictor, seen } = streaming(numbered);
    const { origin, port } = await start(t, predictor);
    const wire = openWire(port);
    wire.socket.pause();
    wire.write(postText("/predict", "1000000"));
    await until("it has begun", () => seen.chunks > 0);
    assert.equal((await get(origin, "/health")).status, 200);
    assert.equal((await get(origin, "/metadata")).status, 200);
    assert.equal((await (await predict(origin, 2)).arrayBuffer()).byteLength, 2 * CHUNK);
    wire.socket.destroy();
    await until("it has ended", () => seen.ended === 2);
  });

  it("has all of it before a stopping server ends", async (t) => {
    const { predictor, seen } = streaming(numbered);
    const { server, port } = await start(t, predictor);
    const answer = request({ port, path: "/predict", method: "POST", headers: { "content-type": "application/json" } });
    answer.end("400");
    const response = await new Promise<IncomingMessage>((resolve) => answer.once("response", resolve));
    assert.ok(seen.chunks < 400);
    const stopped = server.stop();
    let received = 0;
    for await (const part of response) received += (part as Buffer).length;
    assert.equal(received, 400 * CHUNK);
    assert.deepEqual(await stopped, { finished: true, unfinished: {} });
  });
});
