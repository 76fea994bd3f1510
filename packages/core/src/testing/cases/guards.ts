import assert from "node:assert/strict";
import { TricastError } from "../../errors.ts";
import { definePredictor } from "../../predictor.ts";
import type { Guard, RequestHead } from "../../seam.ts";
import type { CapturedLogs } from "../captured-logs.ts";
import type { Host } from "../host.ts";
import { Observer } from "../observer.ts";
import { type Subject, serve } from "../suite.ts";
import { get, headerOf, JSON_TYPE, jsonOf, post, request, type WireRequest } from "../wire.ts";

const KEY = "let-me-in";
const LIMIT = 1_000;

/** Requires a key, and records events. */
class Gate {
  readonly heads: RequestHead[] = [];
  readonly events: string[] = [];

  readonly guard: Guard = (head) => {
    this.heads.push(head);
    const { "x-key": key } = head.headers;
    if (key === undefined)
      throw new TricastError("unauthorized", "Send x-key", { headers: { "www-authenticate": "Key" } });
    if (key !== KEY) throw new TricastError("overloaded", "Come back later", { retryAfterSeconds: 7 });
    return { turn: () => void this.events.push("turn"), release: () => void this.events.push("release") };
  };

  /** The events since the last call. */
  taken(): string[] {
    return this.events.splice(0);
  }
}

interface Order {
  readonly do?: "fail" | "stream";
}

function guarded(gate: Gate): Subject {
  const predictor = definePredictor({
    name: "guarded",
    limits: { bodyBytes: LIMIT },
    cors: { origins: "*" },
    load: () => ({}),
    predict(order: Order) {
      gate.events.push("predict");
      if (order.do === "fail") throw new Error("no");
      return order.do === "stream" ? stream(gate) : { ok: true };
    },
  });
  return { predictor };
}

async function* stream({ events }: Gate): AsyncGenerator<Uint8Array> {
  yield Buffer.from("one");
  events.push("streamed");
}

const withKey = (part: Partial<WireRequest>, key = KEY): WireRequest =>
  post({}, { ...part, headers: [...JSON_TYPE, ["x-key", key]] });

/** Larger than the predictor accepts: if the body were read, the status would be 413. */
const OVERSIZED = Buffer.alloc(LIMIT + 1, 0x20);

export function guards(host: Host, captured: CapturedLogs): void {
  if (!host.guards) return;
  const gate = new Gate();
  const observer = new Observer(captured);
  observer.watch();
  const it = serve(host, () => guarded(gate), { serviceOptions: { guard: gate.guard } });

  it("a request that the guard refuses is a 401 before its body is read, with one span and one record", async ({
    send,
  }) => {
    await send(withKey({}));
    gate.taken();
    gate.heads.length = 0;
    const wire = post({}, { target: "/predict?a=1", body: OVERSIZED });
    observer.begin();
    const response = await send(wire);
    assert.deepEqual([response.status, jsonOf(response).code], [401, "unauthorized"]);
    assert.equal(headerOf(response, "www-authenticate"), "Key");
    assert.deepEqual(gate.taken(), []);
    assert.equal(gate.heads.length, 1);
    const [head] = gate.heads;
    const path = host.mount + (host.differences.path?.expect("/predict") ?? "/predict");
    assert.deepEqual([head?.method, head?.path, head?.query], ["POST", path, "a=1"]);
    assert.equal(head?.headers["content-type"], "application/json");
    const trail = {
      name: "POST /predict",
      operation: "predict",
      status: 401,
      code: "unauthorized",
      phases: [],
    } as const;
    await observer.assertOne(wire, response.body.byteLength, trail);
  });

  it("a refusal with retryAfterSeconds sends retry-after", async ({ send }) => {
    const response = await send(withKey({}, "wrong"));
    assert.deepEqual([response.status, jsonOf(response).code], [429, "overloaded"]);
    assert.equal(headerOf(response, "retry-after"), "7");
  });

  it("a lease is released once, after the response, however the request ends", async ({ send }) => {
    const orders: Readonly<Record<string, readonly [Partial<WireRequest>, readonly string[]]>> = {
      "a response": [{}, ["turn", "predict", "release"]],
      "a predict that fails": [{ body: Buffer.from('{"do":"fail"}') }, ["turn", "predict", "release"]],
      "malformed JSON": [{ body: Buffer.from("{") }, ["turn", "release"]],
      "a body over the limit": [{ body: OVERSIZED }, ["release"]],
      "a stream": [{ body: Buffer.from('{"do":"stream"}') }, ["turn", "predict", "streamed", "release"]],
    };
    for (const [what, [part, events]] of Object.entries(orders)) {
      await send(withKey(part));
      const happened = gate.taken();
      // A body that is ready is found to be too large when it is decoded.
      const wanted = what === "a body over the limit" ? happened.filter((event) => event !== "turn") : happened;
      assert.deepEqual(wanted, events, what);
    }
  });

  it("health checks and preflights are not guarded, everything else is", async ({ send }) => {
    const preflight: WireRequest["headers"] = [
      ["origin", "https://app.example"],
      ["access-control-request-method", "POST"],
    ];
    const open = [get("/health"), get("/ready"), request({ method: "OPTIONS", headers: preflight })];
    for (const wire of open) assert.ok((await send(wire)).status < 300, wire.target);
    for (const wire of [get("/metadata"), get("/openapi.json"), get("/nowhere"), request({ method: "DELETE" })]) {
      assert.equal((await send(wire)).status, 401, wire.target);
    }
  });
}
