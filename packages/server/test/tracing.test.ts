import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { definePredictor } from "@tricast/core";
import { get, post, until } from "./support/calls.ts";
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

test("a prediction is a span of its caller's trace, and the parent of spans made in it", async (t) => {
  const { origin } = await start(t, traced);
  const { body } = await post(origin, "/predict", {}, { headers: { traceparent: PARENT } });
  await until("both spans", () => exporter.getFinishedSpans().length === 2);
  const [inside, span] = exporter.getFinishedSpans();
  assert.equal(span?.name, "POST /predict");
  assert.equal(span.spanContext().traceId, "0af7651916cd43dd8448eb211c80319c");
  assert.equal(span.parentSpanContext?.spanId, "b7ad6b7169203331");
  assert.equal(span.attributes["http.response.status_code"], 200);
  assert.equal(span.attributes["http.route"], "/predict");
  assert.equal(inside?.parentSpanContext?.spanId, span.spanContext().spanId);
  assert.equal(body.traceparent, `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
});

test("a span groups by the route and not by what stands in it, and tells the code of an error", async (t) => {
  const { origin } = await start(t, [traced, definePredictor({ name: "other", load: () => ({}), predict: () => 1 })]);
  await post(origin, "/traced/predict", { fail: true });
  await until("both spans", () => exporter.getFinishedSpans().length === 2);
  const span = exporter.getFinishedSpans()[1];
  assert.equal(span?.name, "POST /:model/predict");
  assert.deepEqual([span.attributes["error.type"], span.status.code], ["predict-failed", 2]);
  assert.equal(span.attributes["url.path"], "/traced/predict");
});

test("probes make no spans", async (t) => {
  const { origin } = await start(t, traced);
  for (const path of ["/health", "/ready", "/metrics", "/ping"]) await get(origin, path);
  assert.equal(exporter.getFinishedSpans().length, 0);
});
