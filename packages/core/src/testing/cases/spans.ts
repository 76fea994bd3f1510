import assert from "node:assert/strict";
import { definePredictor } from "../../predictor.ts";
import type { CapturedLogs } from "../captured-logs.ts";
import type { Host } from "../host.ts";
import { Observer, type Trail } from "../observer.ts";
import { type Instance, type Subject, serve, withEnvironment } from "../suite.ts";
import { get, jsonOf, post, request, type WireRequest, type WireResponse } from "../wire.ts";

const SECRET = "ping-secret-2";
const CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

interface Order {
  readonly do?: "fail" | "stream" | "break" | "flood";
  readonly bytes?: number;
}

/** Behaves as its input selects, and returns the trace context that it received. */
const traced = definePredictor({
  name: "traced",
  load: () => ({}),
  limits: { bodyBytes: 1_000 },
  predict(order: Order, { invocation }) {
    if (order.do === "fail") throw new Error("no");
    if (order.do === "stream") return stream(false);
    if (order.do === "break") return stream(true);
    if (order.do === "flood") return Buffer.alloc(order.bytes ?? 0);
    return { traceparent: invocation.traceparent };
  },
});

async function* stream(breaks: boolean): AsyncGenerator<Uint8Array> {
  yield Buffer.from("one");
  yield Buffer.from("three");
  if (breaks) throw new Error("no");
}

const PREDICTED = ["decode", "run", "encode"];
const POST_PREDICT = { name: "POST /predict", operation: "predict" };

const FAILURES: Readonly<Record<string, readonly [WireRequest, Trail]>> = {
  "malformed JSON": [post("{"), { ...POST_PREDICT, status: 400, code: "invalid-json", phases: ["decode"] }],
  "a predict that throws": [
    post({ do: "fail" }),
    { ...POST_PREDICT, status: 500, code: "predict-failed", phases: ["decode", "run"] },
  ],
  // Detected while the body is read, or when it is decoded.
  "a body over the limit": [post({ pad: "x".repeat(1_000) }), { ...POST_PREDICT, status: 413, code: "body-too-large" }],
  "an unknown route": [get("/nowhere"), { status: 404, code: "not-found", phases: [] }],
  "a wrong method": [request({ method: "DELETE" }), { status: 405, code: "method-not-allowed", phases: [] }],
};

export function spans(host: Host, captured: CapturedLogs): void {
  const observer = new Observer(captured);
  observer.watch();
  withEnvironment({ TRICAST_WARMUP_SECRET: SECRET });
  const it = serve(host, () => ({ predictor: traced }));

  async function observed(instance: Instance<Subject>, wire: WireRequest, trail: Trail): Promise<WireResponse> {
    observer.begin();
    const response = await instance.send(wire);
    await observer.assertOne(wire, response.body.byteLength, trail);
    return response;
  }

  it("a prediction leaves one span, with decode, run and encode within it, and one record", async (instance) => {
    const trail = { ...POST_PREDICT, status: 200, phases: PREDICTED };
    // Twice, because the first one also waits for the model.
    for (let time = 0; time < 2; time++) await observed(instance, post({}), trail);
  });

  it("predict sees the trace context of its own span, and the tracer sees the caller's", async (instance) => {
    const headers: WireRequest["headers"] = [
      ["content-type", "application/json"],
      ["traceparent", CALLER],
    ];
    const trail = { ...POST_PREDICT, status: 200, phases: PREDICTED };
    const response = await observed(instance, post({}, { headers }), trail);
    const [span] = observer.begun();
    assert.equal(jsonOf(response).traceparent, span?.traceparent);
    assert.equal(span?.start.headers?.traceparent, CALLER);
  });

  for (const [what, [wire, trail]] of Object.entries(FAILURES)) {
    it(`${what} leaves one span and one record, with the error's code`, async (instance) => {
      await observed(instance, wire, trail);
    });
  }

  it("GET /metadata leaves one of each too, without inner spans", async (instance) => {
    const trail = { status: 200, name: "GET /metadata", operation: "metadata", phases: [] };
    await observed(instance, get("/metadata"), trail);
  });

  it("health checks leave neither", async ({ send }) => {
    observer.begin();
    for (const target of ["/health", "/ready"]) await send(get(target));
    await observer.assertNone();
  });

  if (host.pings !== "none") {
    it("pings leave neither", async ({ send, ping }) => {
      observer.begin();
      if (host.pings === "own") await ping?.({ concurrency: 1 });
      else assert.equal(jsonOf(await send(request({ headers: [["x-tricast-warmup", SECRET]] }))).warmed, true);
      await observer.assertNone();
    });
  }

  it("a streamed response leaves one of each, with its size", async (instance) => {
    await observed(instance, post({ do: "stream" }), { ...POST_PREDICT, status: 200, phases: PREDICTED });
  });

  it("a stream that breaks off leaves one of each, with the error's code", async ({ send }) => {
    observer.begin();
    const wire = post({ do: "break" });
    await send(wire).catch(() => undefined);
    // The status was sent before the stream, where the host streams.
    const status = host.streams ? 200 : 500;
    await observer.assertOne(wire, undefined, { ...POST_PREDICT, status, code: "predict-failed", phases: PREDICTED });
  });

  const { replyBytes } = host.platform;
  if (replyBytes < Number.POSITIVE_INFINITY) {
    it("a response that is too large leaves one of each, with the error's code", async (instance) => {
      const trail: Trail = { ...POST_PREDICT, status: 500, code: "response-too-large", phases: PREDICTED };
      await observed(instance, post({ do: "flood", bytes: replyBytes + 1 }), trail);
    });
  }
}
