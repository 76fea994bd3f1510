import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { definePredictor, TricastError } from "@tricast/core";
import type { WireRequest, WireResponse } from "../events/event-source.ts";
import { fleet } from "./support/fleet.ts";
import { randomBytes } from "./support/random.ts";
import { headerLines, headerOf, JSON_TYPE, jsonOf, post, request } from "./support/requests.ts";

type Kind = "json" | "bytes" | "fails" | "malformed";
const KINDS: readonly Kind[] = ["json", "bytes", "json", "fails", "malformed"];
const REQUESTS = 50;
/** Malformed bodies never reach `predict`. */
const PREDICTED = REQUESTS - REQUESTS / KINDS.length;

/**
 * Keeps every request until all have come, answers them in another order than they came in, and tells everything of
 * a request that could be mixed up with another's.
 */
const { each } = fleet(() => {
  const waiting: (() => void)[] = [];
  const everyone = async (): Promise<void> => {
    const mine = new Promise<void>((resolve) => waiting.push(resolve));
    if (waiting.length === PREDICTED) for (const resolve of waiting.splice(0)) resolve();
    await mine;
  };
  const predictor = definePredictor({
    name: "interleaved",
    load: () => ({}),
    // Were they served one after the other, the first would wait for the rest for ever.
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
});

function requestOf(id: number): { kind: Kind; wire: WireRequest } {
  const kind = KINDS[id % KINDS.length]!;
  const target = `/predict?id=${id}`;
  const mark = ["x-id", String(id)] as const;
  if (kind === "bytes") {
    const headers = [["content-type", "application/octet-stream"] as const, mark];
    return { kind, wire: request({ target, headers, body: randomBytes(1 + id * 37, id + 1) }) };
  }
  const body = kind === "malformed" ? `{"number": ${id},` : { id, fail: kind === "fails" };
  return { kind, wire: post(body, { target, headers: [...JSON_TYPE, mark] }) };
}

type Check = (id: number, response: WireResponse, wire: WireRequest) => void;

/** That the answer to number `id` is its own and nobody else's. */
const CHECKS: Readonly<Record<Kind, Check>> = {
  json(id, response) {
    const { invocation, ...own } = jsonOf(response);
    assert.deepEqual(own, { id, header: String(id), query: `id=${id}` });
    assert.equal(invocation, headerOf(response, "x-request-id"));
    assert.deepEqual(headerLines(response, "x-answered"), [String(id)]);
  },
  bytes(id, response, wire) {
    assert.deepEqual(Buffer.from(response.body), Buffer.from(wire.body));
    assert.deepEqual(headerLines(response, "x-answered"), [String(id)]);
  },
  fails(id, response) {
    assert.deepEqual([response.status, jsonOf(response).detail], [422, `number ${id}`]);
  },
  malformed(_id, response) {
    assert.deepEqual([response.status, jsonOf(response).code], [400, "invalid-json"]);
  },
};

each(`${REQUESTS} interleaved requests each get their own answer, headers and id`, async ({ send }) => {
  const requests = Array.from({ length: REQUESTS }, (_, id) => requestOf(id));
  const responses = await Promise.all(requests.map(({ wire }) => send(wire)));
  for (const [id, { kind, wire }] of requests.entries()) CHECKS[kind](id, responses[id]!, wire);
  const ids = new Set(responses.map((response) => headerOf(response, "x-request-id")));
  assert.equal(ids.size, REQUESTS);
});
