import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { TricastError } from "../../errors.ts";
import { definePredictor } from "../../predictor.ts";
import type { Host } from "../host.ts";
import { Random } from "../random.ts";
import { type Subject, serve } from "../suite.ts";
import {
  assertBytes,
  headerLines,
  headerOf,
  JSON_TYPE,
  jsonOf,
  post,
  request,
  type WireRequest,
  type WireResponse,
} from "../wire.ts";

type Kind = "json" | "bytes" | "fails" | "malformed";
const KINDS: readonly Kind[] = ["json", "bytes", "json", "fails", "malformed"];
const REQUESTS = 50;
/** Malformed bodies never reach `predict`. */
const PREDICTED = REQUESTS - REQUESTS / KINDS.length;

/**
 * Holds every request until all have arrived, answers them in another order, and returns everything of a request that
 * could be mixed up with another's.
 */
function interleaved(): Subject {
  const waiting: (() => void)[] = [];
  const everyone = async (): Promise<void> => {
    const mine = new Promise<void>((resolve) => waiting.push(resolve));
    if (waiting.length === PREDICTED) for (const resolve of waiting.splice(0)) resolve();
    await mine;
  };
  const predictor = definePredictor({
    name: "interleaved",
    load: () => ({}),
    // If they were served one after the other, the first would wait for the rest forever.
    limits: { timeoutMs: 10_000 },
    async predict(input: { id: number; fail: boolean } | Uint8Array, context) {
      const { headers, query } = context.request;
      const id = input instanceof Uint8Array ? Number(headers["x-id"]) : input.id;
      await everyone();
      await sleep((id * 13) % 17);
      context.responseHeaders["x-answered"] = String(id);
      if (input instanceof Uint8Array) return input;
      if (input.fail) throw new TricastError("invalid-input", `number ${id}`);
      return { id, header: headers["x-id"], query, invocation: context.invocation.id };
    },
  });
  return { predictor };
}

interface Sent {
  readonly id: number;
  readonly kind: Kind;
  readonly wire: WireRequest;
}

function sendable(id: number): Sent {
  const kind = KINDS[id % KINDS.length] ?? "json";
  const target = `/predict?id=${id}`;
  const mark = ["x-id", String(id)] as const;
  if (kind === "bytes") {
    const headers = [["content-type", "application/octet-stream"] as const, mark];
    return { id, kind, wire: request({ target, headers, body: new Random(id).bytes(1 + id * 37) }) };
  }
  const body = kind === "malformed" ? `{"number": ${id},` : { id, fail: kind === "fails" };
  return { id, kind, wire: post(body, { target, headers: [...JSON_TYPE, mark] }) };
}

/** Asserts that a response belongs to its request. */
const CHECKS: Readonly<Record<Kind, (sent: Sent, response: WireResponse) => void>> = {
  json({ id }, response) {
    const { invocation, ...own } = jsonOf(response);
    assert.equal(invocation, headerOf(response, "x-request-id"));
    assert.deepEqual(headerLines(response, "x-answered"), [String(id)]);
    assert.deepEqual(own, { id, header: String(id), query: `id=${id}` });
  },
  bytes({ id, wire }, response) {
    assertBytes(response.body, wire.body);
    assert.deepEqual(headerLines(response, "x-answered"), [String(id)]);
  },
  fails({ id }, response) {
    assert.deepEqual([response.status, jsonOf(response).detail], [422, `number ${id}`]);
  },
  malformed(_sent, response) {
    assert.deepEqual([response.status, jsonOf(response).code], [400, "invalid-json"]);
  },
};

export function concurrency(host: Host): void {
  const it = serve(host, interleaved);

  it(`${REQUESTS} requests in flight at once each get their own response, headers and id`, async ({ send }) => {
    const sent = Array.from({ length: REQUESTS }, (_, id) => sendable(id));
    const answered = await Promise.all(sent.map(async (one) => [one, await send(one.wire)] as const));
    for (const [one, response] of answered) CHECKS[one.kind](one, response);
    const ids = new Set(answered.map(([, response]) => headerOf(response, "x-request-id")));
    assert.equal(ids.size, REQUESTS);
  });
}
