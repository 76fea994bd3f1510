import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { definePredictor } from "@tricast/core";
import { nodeListener } from "@tricast/http";
import express5, { type RequestHandler } from "express";
import express4 from "express4";
import { logged } from "../../../test/contract/support/quiet.ts";
import { listening } from "./support/listening.ts";
import { echo } from "./support/predictors.ts";

interface Answered {
  readonly status: number;
  readonly input?: unknown;
  readonly code?: string;
}

async function post(
  port: number,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const init = { method: "POST", body, headers: { "content-type": "application/json", ...headers }, duplex: "half" };
  const response = await fetch(`http://127.0.0.1:${port}/predict`, init as RequestInit);
  return { status: response.status, ...((await response.json()) as object) };
}

function logHas(text: string): boolean {
  return logged.some((line) => line.includes(text));
}

for (const [name, express] of Object.entries({ "Express 4": express4, "Express 5": express5 })) {
  describe(`a body that a parser of ${name} has read`, () => {
    const behind = (t: TestContext, ...parsers: readonly RequestHandler[]) =>
      listening(t, createServer(express().use(...parsers, nodeListener(echo().predictor))));

    it("is used as JSON, text or bytes", async (t) => {
      const port = await behind(t, express.json(), express.text({ type: "text/csv" }), express.raw());
      for (const value of [{ a: [1, "é"] }, [], {}])
        assert.deepEqual((await post(port, JSON.stringify(value))).input, value);
      const csv = await post(port, "1,2", { "content-type": "text/csv" });
      assert.deepEqual(csv, { status: 200, predictions: [{ input: [1, 2] }] });
      const bytes = await post(port, Buffer.from([0, 255, 1]), { "content-type": "application/octet-stream" });
      assert.deepEqual(bytes.input, [0, 255, 1]);
    });

    it("is not inflated again", async (t) => {
      const headers = { "content-encoding": "gzip" };
      for (const parser of [express.json(), keepingBytes(express)])
        assert.deepEqual((await post(await behind(t, parser), gzipSync('{"a":1}'), headers)).input, { a: 1 });
    });

    it("is used byte for byte where the parser keeps its bytes, and else as JSON prints it", async (t) => {
      const reader = definePredictor({
        name: "reader",
        load: () => ({}),
        decoders: { "application/json": (bytes) => Buffer.from(bytes).toString() },
        predict: (text: unknown) => ({ text }),
      });
      const sent = '{"a": 1, "a": 12345678901234567890}';
      for (const [parser, text] of [
        [keepingBytes(express), sent],
        [express.json(), '{"a":12345678901234567000}'],
      ] as const) {
        const port = await listening(t, createServer(express().use(parser, nodeListener(reader))));
        assert.deepEqual(await post(port, sent), { status: 200, text });
      }
    });

    it("counts with limits.bodyBytes", async (t) => {
      const port = await behind(t, express.json({ limit: "1mb" }));
      const { status, code } = await post(port, JSON.stringify("x".repeat(100_000)).replace(/^/, "[").concat("]"));
      assert.deepEqual([status, code], [413, "body-too-large"]);
    });

    it("of a media type that a parser does not take is still read", async (t) => {
      const port = await behind(t, express.json());
      const bytes = await post(port, Buffer.from([1, 2]), { "content-type": "application/octet-stream" });
      assert.deepEqual(bytes.input, [1, 2]);
    });

    it("of a form is refused as on every platform", async (t) => {
      const port = await behind(t, express.urlencoded());
      const form = await post(port, "a=1", { "content-type": "application/x-www-form-urlencoded" });
      assert.deepEqual([form.status, form.code], [415, "unsupported-media-type"]);
    });

    it("and that is empty is no body", async (t) => {
      const port = await behind(t, express.json(), express.raw({ type: () => true }));
      for (const body of ["", new ReadableStream({ start: (controller) => controller.close() })])
        assert.equal((await post(port, body)).code, "invalid-json");
    });
  });
}

/** Keeps the bytes beside what it makes of them. */
function keepingBytes(express: typeof express5): RequestHandler {
  return express.json({
    verify: (request: IncomingMessage & { rawBody?: Buffer }, _response, bytes) => {
      request.rawBody = bytes;
    },
  });
}

describe("a body that other code has read and not kept", () => {
  type Middleware = (request: IncomingMessage) => Promise<unknown>;
  const drained: Middleware = async (request) => {
    for await (const _chunk of request);
  };
  const begun: Middleware = (request) =>
    new Promise<void>((resolve) => request.once("data", () => resolve(void request.pause())));
  const decoded: Middleware = async (request) => request.setEncoding("latin1");
  const after =
    (middleware: Middleware): RequestListener =>
    (request, response) =>
      void middleware(request).then(() => listener(request, response));
  const listener = nodeListener(echo().predictor);
  const body = JSON.stringify("x".repeat(50_000));

  for (const [what, middleware, said] of [
    ["read to its end", drained, "has read the request's body and has not kept it"],
    ["begun", begun, "has begun to read the request's body"],
    ["decoded", decoded, "has called setEncoding"],
  ] as const) {
    it(`${what}: is a 500 at once, and the log names the fix`, async (t) => {
      const port = await listening(t, createServer(after(middleware)));
      const { status, code } = await post(port, body);
      assert.deepEqual([status, code], [500, "internal"]);
      assert.ok(logHas(said), logged.join(""));
      assert.ok(logHas("mount tricast before body parsers"));
    });
  }

  it("requests without a body do not mind", async (t) => {
    const port = await listening(t, createServer(after(decoded)));
    assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
  });

  it("a request that was paused, or that waited for other code, is read from its beginning", async (t) => {
    const paused: Middleware = async (request) => request.pause();
    for (const middleware of [paused, () => sleep(50)]) {
      const port = await listening(t, createServer(after(middleware)));
      assert.equal((await post(port, body)).input, JSON.parse(body));
    }
  });
});
