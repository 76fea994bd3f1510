import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { SpanKind, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { definePredictor } from "@tricast/core";
import { get, post, until } from "./support/calls.ts";
import { INFER, openGrpcWire } from "./support/grpc-wire.ts";
import { inferMessage } from "./support/infer-call.ts";
import { start } from "./support/start.ts";

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

before(() => provider.register());
after(() => provider.shutdown());
beforeEach(() => exporter.reset());

const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const traced = definePredictor({
  name: "traced",
  load: () => ({}),
  predict: async (input: { fail?: boolean }, { invocation }) => {
    await Promise.resolve();
    trace.getTracer("test").startSpan("inside").end();
    if (input.fail) throw new Error("on purpose");
    return { traceparent: invocation.traceparent };
  },
});

/** The finished spans of this name. */
const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);

test("a prediction is a span of its caller's trace, and above the spans made in it", async (t) => {
  const { origin } = await start(t, traced);
  const { body } = await post(origin, "/predict", {}, { headers: { traceparent: PARENT } });
  await until("its span", () => named("POST /predict").length === 1);
  const [span] = named("POST /predict");
  assert.ok(span);
  assert.equal(span.kind, SpanKind.SERVER);
  assert.equal(span.spanContext().traceId, "0af7651916cd43dd8448eb211c80319c");
  assert.equal(span.parentSpanContext?.spanId, "b7ad6b7169203331");
  assert.equal(span.attributes["http.response.status_code"], 200);
  assert.equal(span.attributes["http.route"], "/predict");
  const [run] = named("run");
  assert.equal(run?.parentSpanContext?.spanId, span.spanContext().spanId);
  assert.equal(named("inside")[0]?.parentSpanContext?.spanId, run.spanContext().spanId);
  assert.equal(body.traceparent, `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
});

test("a span groups by the route and not by what stands in it, and tells the code of an error", async (t) => {
  const { origin } = await start(t, [traced, definePredictor({ name: "other", load: () => ({}), predict: () => 1 })]);
  await post(origin, "/traced/predict", { fail: true });
  await until("its span", () => named("POST /:model/predict").length === 1);
  const [span] = named("POST /:model/predict");
  assert.ok(span);
  assert.deepEqual([span.attributes["error.type"], span.status.code], ["predict-failed", 2]);
  assert.equal(span.attributes["url.path"], "/traced/predict");
});

test("a call of gRPC is a span of its caller's trace", async (t) => {
  const { server } = await start(t, traced, { grpcPort: 0 });
  const wire = openGrpcWire(server.grpcPort as number);
  t.after(() => wire.close());
  const { status, stream } = wire.open(INFER, { traceparent: PARENT });
  stream.end(inferMessage("traced", { fail: false }));
  assert.equal((await status).code, 0);
  await until("its span", () => named(`POST ${INFER}`).length === 1);
  const [span] = named(`POST ${INFER}`);
  assert.equal(span?.kind, SpanKind.SERVER);
  assert.equal(span.parentSpanContext?.spanId, "b7ad6b7169203331");
  for (const name of ["wait", "decode", "run", "encode"])
    assert.equal(named(name)[0]?.parentSpanContext?.spanId, span.spanContext().spanId, name);
});

test("Google's trace context, which the propagator does not know, is that of the caller too", async (t) => {
  const { origin } = await start(t, traced);
  const headers = { "x-cloud-trace-context": "0af7651916cd43dd8448eb211c80319c/1;o=1" };
  await post(origin, "/predict", {}, { headers });
  await until("its span", () => named("POST /predict").length === 1);
  assert.equal(named("POST /predict")[0]?.spanContext().traceId, "0af7651916cd43dd8448eb211c80319c");
});

test("the loading of a model is a span", async (t) => {
  await start(t, traced);
  await until("its span", () => named("load").length === 1);
  assert.equal(named("load")[0]?.attributes["tricast.predictor"], "traced");
});

test("probes make no spans", async (t) => {
  const { origin } = await start(t, traced);
  await until("the model is loaded", () => named("load").length === 1);
  exporter.reset();
  for (const path of ["/health", "/ready", "/metrics", "/ping"]) await get(origin, path);
  assert.equal(exporter.getFinishedSpans().length, 0);
});
