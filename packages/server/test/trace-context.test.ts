import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";
import { definePredictor } from "@tricast/core";
import { currentTracer } from "@tricast/core/adapter";
import { post } from "./support/calls.ts";
import { start } from "./support/start.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";

test("without an SDK the caller's trace context goes to predict as it came", async (t) => {
  const teller = definePredictor({
    name: "teller",
    load: () => ({}),
    predict: (_: unknown, { invocation }) => ({ traceparent: invocation.traceparent ?? null }),
  });
  const { origin } = await start(t, teller);
  const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;
  assert.deepEqual((await post(origin, "/predict", 1, { headers: { traceparent } })).body, { traceparent });
  assert.deepEqual((await post(origin, "/predict", 1)).body, { traceparent: null });
});

test("without an SDK the package of OpenTelemetry is not even looked for", async (t) => {
  const asked: string[] = [];
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith("@opentelemetry/")) asked.push(specifier);
      return next(specifier, context);
    },
  });
  t.after(() => hooks.deregister());
  const { origin } = await start(t, definePredictor({ name: "one", load: () => ({}), predict: () => ({}) }));
  assert.equal((await post(origin, "/predict", 1)).status, 200);
  assert.deepEqual([asked, currentTracer()], [[], undefined]);
});
