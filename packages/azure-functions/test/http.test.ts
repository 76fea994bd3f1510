import assert from "node:assert/strict";
import { after, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { openAzureWorker } from "@tricast/pack/azure-worker";
import fc from "fast-check";
import { json } from "../../../test/e2e/support/wire-client.ts";
import { serveFunction } from "../../../test/events/azure/serve-function.ts";
import type { WireRequest } from "../../../test/events/event-source.ts";

// Before the library is loaded: it looks for the worker once.
const worker = openAzureWorker(() => {});
const { azureFunctions } = await import("@tricast/azure-functions");
azureFunctions(
  definePredictor({
    name: "echo",
    load: () => ({}),
    predict: (input: unknown, { request }) =>
      input instanceof Uint8Array ? input : { path: request.path, query: request.query },
  }),
  { route: "contract", warmupTrigger: false },
);
const served = await serveFunction(worker, "echo", "contract");
after(served.close);

/** A client's request through the host, the library, the adapter, and all the way back. */
const call = (request: Partial<WireRequest>) => served.send({ method: "POST", target: "/predict", ...request });

test("keeps any bytes both ways", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), async (body) => {
      const response = await call({ headers: [["content-type", "application/octet-stream"]], body });
      assert.equal(response.status, 200);
      assert.deepEqual(new Uint8Array(response.body), body);
    }),
  );
});

test("keeps any percent-encoded query", async () => {
  const pair = fc.tuple(fc.string(), fc.string()).map((parts) => parts.map(encodeURIComponent).join("="));
  const query = fc.array(pair, { maxLength: 5 }).map((pairs) => pairs.join("&").replaceAll("'", "%27"));
  await fc.assert(
    fc.asyncProperty(query, async (sent) => {
      const target = sent === "" ? "/predict" : `/predict?${sent}`;
      const response = await call({ target, headers: [["content-type", "application/json"]], body: Buffer.from("{}") });
      assert.deepEqual(json(response), { path: "/api/contract/predict", query: sent });
    }),
  );
});

test("errors are problems at the route and below it", async () => {
  const type = [["content-type", "application/json"]] as const;
  const malformed = await call({ target: "/", headers: type, body: Buffer.from("{") });
  assert.deepEqual([malformed.status, json(malformed).code], [400, "invalid-json"]);
  const unknown = await call({ method: "GET", target: "/x/y%20z" });
  assert.deepEqual([unknown.status, json(unknown).code], [404, "not-found"]);
});

test("a webhook of Event Grid is refused with the trigger to use", async () => {
  for (const event of ["SubscriptionValidation", "Notification"]) {
    const headers = [["content-type", "application/json"] as const, ["Aeg-Event-Type", event] as const];
    const response = await call({ headers, body: Buffer.from("[{}]") });
    assert.equal(json(response).code, "unsupported-event");
    assert.match(String(json(response).detail), /trigger: "eventGrid"/);
  }
});
