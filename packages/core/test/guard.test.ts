import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { definePredictor, TricastError } from "@tricast/core";
import { type BodyReader, createService, type Guard, type Lease, type ServiceOptions } from "@tricast/core/adapter";
import { invocation, JSON_HEADERS, jsonOf, request } from "./support/calls.ts";
import { gate, keptAlive, settle } from "./support/gate.ts";

const predictor = definePredictor({ name: "a", limits: { bodyBytes: 100 }, predict: (input: unknown) => input });

/** A body that tells when it was read, and under which limit. */
function bodyOf(bytes: Uint8Array | string | undefined): BodyReader & { readonly reads: number[] } {
  const reads: number[] = [];
  return {
    reads,
    read: async ({ maxBytes }) => {
      reads.push(maxBytes);
      return bytes;
    },
  };
}

/** A guard that lets in who has a key, and counts what it gave. */
function keyed(more: Partial<Lease> = {}) {
  const state = { asked: 0, held: 0, released: 0 };
  const guard: Guard = ({ headers }) => {
    state.asked++;
    if (headers["x-key"] !== "k") throw new TricastError("unauthorized", "Credentials are required");
    state.held++;
    return { release: () => void state.released++, ...more };
  };
  return { guard, state };
}

const open = (options: ServiceOptions) => createService(predictor, options);
const KEY = { ...JSON_HEADERS, "x-key": "k" };

test("a body is read after the guard has let the request in, and within the predictor's limit", async () => {
  const { guard, state } = keyed();
  const service = open({ guard });
  const stranger = bodyOf("1");
  const refused = await service.handle(request({ body: stranger }), invocation());
  assert.deepEqual([refused.status, jsonOf(refused).code, stranger.reads], [401, "unauthorized", []]);
  const own = bodyOf(Buffer.from("[1]"));
  const answered = await service.handle(request({ headers: KEY, body: own }), invocation());
  assert.deepEqual([answered.status, answered.body, own.reads], [200, "[1]", [100]]);
  assert.deepEqual(state, { asked: 2, held: 1, released: 1 });
});

test("the limit of the platform counts where it is smaller", async () => {
  const service = open({ platform: { name: "acme", requestBytes: 10 } });
  const body = bodyOf("1");
  await service.handle(request({ body }), invocation());
  assert.deepEqual(body.reads, [10]);
  const large = await service.handle(request({ body: `"${"x".repeat(20)}"` }), invocation());
  assert.equal(large.status, 413);
  assert.equal(jsonOf(large).detail, "The body is 22 bytes; the limit is 10 (the limit of acme)");
});

test("what the guard gave is released once, however the request ends", async () => {
  const failing: BodyReader = { read: () => Promise.reject(new TricastError("body-too-large", "too large")) };
  const ends: readonly [body: string | BodyReader, code: string | undefined][] = [
    ["1", undefined],
    ["{", "invalid-json"],
    [failing, "body-too-large"],
    [{ read: () => new Promise(() => {}) }, "deadline-exceeded"],
  ];
  for (const [body, code] of ends) {
    const { guard, state } = keyed();
    const service = open({ guard });
    await service.start();
    const deadline = code === "deadline-exceeded" ? Date.now() + 30 : undefined;
    const sent = keptAlive(() => service.handle(request({ headers: KEY, body }), invocation({ deadline })));
    const response = await sent;
    assert.equal(response.status === 200 ? undefined : jsonOf(response).code, code);
    // A body that never ends keeps its lease: the host ends it with the connection.
    assert.equal(state.released, code === "deadline-exceeded" ? 0 : 1, code);
  }
});

test("a request that is let in after its deadline gives back at once what it got", async () => {
  const { guard, state } = keyed();
  const late = gate<void>();
  const service = open({ guard: async (head, call) => late.promise.then(() => guard(head, call)) });
  await service.start();
  const request_ = request({ headers: KEY, body: "1" });
  const response = await keptAlive(() => service.handle(request_, invocation({ deadline: Date.now() + 30 })));
  assert.equal(jsonOf(response).code, "deadline-exceeded");
  late.open();
  await settle();
  assert.deepEqual([state.held, state.released], [1, 1]);
});

test("a prediction waits for its turn after its body was read, and may be refused then", async () => {
  const turn = gate<void>();
  const { guard } = keyed({ turn: () => turn.promise });
  const service = open({ guard });
  await service.start();
  const body = bodyOf("1");
  let answered = false;
  const sent = service.handle(request({ headers: KEY, body }), invocation()).finally(() => {
    answered = true;
  });
  await settle();
  assert.deepEqual([body.reads.length, answered], [1, false]);
  turn.open();
  assert.equal((await sent).status, 200);
  const full = keyed({ turn: () => Promise.reject(new TricastError("overloaded", "full", { retryAfterSeconds: 1 })) });
  const refused = await open({ guard: full.guard }).handle(request({ headers: KEY, body: "1" }), invocation());
  assert.deepEqual([refused.status, refused.headers["retry-after"], full.state.released], [429, "1", 1]);
});

test("a lease is released after its turn, and not while it waits, when the request is stopped before", async () => {
  const turn = gate<void>();
  const { guard, state } = keyed({ turn: () => turn.promise });
  const service = open({ guard });
  await service.start();
  const call = invocation({ deadline: Date.now() + 30 });
  const response = await keptAlive(() => service.handle(request({ headers: KEY, body: "1" }), call));
  assert.equal(jsonOf(response).code, "deadline-exceeded");
  assert.deepEqual([state.held, state.released], [1, 0]);
  turn.open();
  await settle();
  assert.deepEqual([state.held, state.released], [1, 1]);
});

test("probes and preflights pass, everything else is guarded, and bodies without a route are not read", async () => {
  const { guard, state } = keyed();
  const service = open({ guard });
  await service.start();
  const preflight = { origin: "https://a.example", "access-control-request-method": "POST" };
  const sent: readonly [method: string, path: string, headers: Record<string, string>, status: number][] = [
    ["GET", "/health", {}, 200],
    ["GET", "/ready", {}, 200],
    ["OPTIONS", "/predict", preflight, 204],
    ["OPTIONS", "/predict", {}, 401],
    ["GET", "/metadata", {}, 401],
    ["GET", "/openapi.json", {}, 401],
    ["GET", "/nowhere", {}, 401],
    ["PUT", "/predict", {}, 401],
    ["GET", "/metadata", KEY, 200],
    ["GET", "/nowhere", KEY, 404],
  ];
  for (const [method, path, headers, status] of sent) {
    const body = bodyOf("1");
    const response = await service.handle(request({ method, path, headers, body }), invocation());
    assert.deepEqual([response.status, body.reads.length], [status, 0], `${method} ${path}`);
  }
  assert.equal(state.held, state.released);
});

test("content encodings of a late body are undone, and its headers then name none", async () => {
  const seen: unknown[] = [];
  const service = createService(
    definePredictor({
      name: "a",
      predict: (input: unknown, { request: { headers, body } }) => {
        seen.push(headers["content-encoding"], String(body));
        return input;
      },
    }),
  );
  for (const body of [bodyOf(gzipSync("[7]")), gzipSync("[7]")]) {
    const headers = { ...JSON_HEADERS, "content-encoding": "gzip" };
    assert.equal((await service.handle(request({ headers, body }), invocation())).body, "[7]");
  }
  assert.deepEqual(seen, [undefined, "[7]", undefined, "[7]"]);
});
