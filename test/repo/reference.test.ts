import assert from "node:assert/strict";
import { afterEach, describe, it, mock } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { definePredictor } from "@tricast/core";
import { createService, type InferenceResponse, PING_SHAPES, recognisePing, type Service } from "@tricast/core/adapter";
import { mediaTypes } from "../../packages/core/src/body/decode.ts";
import { CORS_HEADERS, REQUEST_ENCODINGS, REQUEST_TYPES, RESPONSE_HEADERS } from "../../scripts/gen/http-facts.ts";

const INVOCATION = { id: "1", platform: "local", native: undefined, log: () => {} } as const;
const ORIGIN = "https://app.example.com";

const predictor = definePredictor({
  name: "echo",
  cors: { origins: [ORIGIN], credentials: true },
  predict: (input) => input,
});
const loading = definePredictor({
  name: "loading",
  limits: { timeoutMs: 1 },
  load: () => new Promise<undefined>(() => {}),
  predict: () => 1,
});

function send(service: Service, changes: object = {}): Promise<InferenceResponse> {
  return service.handle(
    { method: "POST", path: "/predict", query: "", headers: {}, body: "1", ...changes },
    INVOCATION,
  );
}

describe("the HTTP reference", () => {
  const service = createService(predictor);

  it("lists every answer header, and no other", async () => {
    const preflight = { origin: ORIGIN, "access-control-request-method": "POST" };
    const answers = [
      await send(service, { headers: { origin: ORIGIN } }),
      await send(service, { method: "GET" }),
      await send(service, { method: "OPTIONS", headers: preflight }),
      await send(service, { headers: { "content-encoding": "lz4" } }),
      await send(service, { path: "/health", method: "GET" }),
      await send(createService(loading)),
    ];
    const sent = new Set(answers.flatMap(({ headers }) => Object.keys(headers)));
    assert.deepEqual([...sent].sort(), [...RESPONSE_HEADERS, ...CORS_HEADERS].map(({ name }) => name).sort());
  });

  it("lists the headers that are always sent", async () => {
    const always = RESPONSE_HEADERS.filter(({ when }) => when === "always").map(({ name }) => name);
    assert.ok(always.length > 0);
    for (const changes of [{}, { path: "/no" }, { path: "/health", method: "GET" }, { method: "OPTIONS" }]) {
      const { headers } = await send(service, changes);
      for (const name of always) assert.ok(headers[name] !== undefined, name);
    }
  });

  it("lists the content types that are decoded", async () => {
    assert.deepEqual(REQUEST_TYPES.map(({ type }) => type).sort(), mediaTypes(predictor).sort());
    const named = REQUEST_TYPES.flatMap(({ type, body }) => [
      type,
      ...[...body.matchAll(/`(application\/[\w-]+)`/g)].map((match) => match[1]),
    ]);
    for (const type of named) {
      const { status, body } = await send(service, { headers: { "content-type": type?.replace("*", "png") } });
      assert.equal(status, 200, `${type}: ${body}`);
    }
    assert.equal((await send(service, { headers: { "content-type": "text/html" } })).status, 415);
  });

  it("lists the content encodings that are decoded, and those the service offers", async () => {
    const bytes = Buffer.from("1");
    const compressed: Record<(typeof REQUEST_ENCODINGS)[number], Uint8Array> = {
      gzip: gzipSync(bytes),
      "x-gzip": gzipSync(bytes),
      deflate: deflateSync(bytes),
      br: brotliCompressSync(bytes),
      zstd: zstdCompressSync(bytes),
      identity: bytes,
    };
    for (const [encoding, body] of Object.entries(compressed)) {
      assert.equal((await send(service, { headers: { "content-encoding": encoding }, body })).status, 200, encoding);
    }
    const refused = await send(service, { headers: { "content-encoding": "lz4" } });
    const offered = String(refused.headers["accept-encoding"]).split(", ");
    // x-gzip is the old name of gzip (RFC 9110, 8.4.1.3), so the reference need not list it.
    assert.deepEqual(offered.sort(), REQUEST_ENCODINGS.filter((name) => name !== "x-gzip").sort());
  });
});

describe("the warmup reference", () => {
  afterEach(() => mock.timers.reset());

  it("shows samples that are recognised as what they are called", () => {
    for (const { kind, sample } of PING_SHAPES) assert.equal(recognisePing(sample)?.kind, kind);
  });

  it("states the default hold and the longest", async () => {
    const held = async (holdMs: number | undefined) => {
      mock.timers.reset();
      mock.timers.enable({ apis: ["setTimeout"] });
      const report = createService(predictor).warm({ kind: "test", holdMs });
      for (let step = 0; step < 200; step++) {
        await new Promise((resolve) => setImmediate(resolve));
        mock.timers.tick(100);
      }
      return (await report).timings.heldMs;
    };
    assert.equal(await held(undefined), 75);
    assert.equal(await held(60_000), 10_000);
  });
});
