import assert from "node:assert/strict";
import { definePredictor } from "../../predictor.ts";
import type { StandardSchema } from "../../standard-schema.ts";
import type { Host } from "../host.ts";
import { assertSame, coreAnswer } from "../reference.ts";
import { objectSchema } from "../schema.ts";
import { type Instance, type Subject, serve } from "../suite.ts";
import { get, headerOf, JSON_TYPE, jsonOf, post, request, type WireRequest, type WireResponse } from "../wire.ts";

const READ = ["/health", "/ready", "/metadata", "/openapi.json"];
const EXAMPLE = { value: 4 };

/** A predictor with contents for every GET route. */
const described = definePredictor({
  name: "described",
  version: "2.0.1",
  description: "Halves a number.",
  model: {
    uri: "half",
    load: () => ({ factor: 0.5 }),
    describe: () => ({
      platform: "none",
      inputs: [{ name: "value", datatype: "FP64", shape: [-1] }],
      outputs: [{ name: "half", datatype: "FP64", shape: [-1] }],
    }),
  },
  input: withJsonSchema(objectSchema<{ value: number }>({ value: (value) => typeof value === "number" })),
  examples: [EXAMPLE],
  predict: ({ value }, { model }) => ({ half: value * model.factor }),
});

function withJsonSchema<T>(schema: StandardSchema<unknown, T>): StandardSchema<unknown, T> {
  const document = { type: "object", properties: { value: { type: "number" } }, required: ["value"] };
  const jsonSchema = { input: () => document, output: () => document };
  return { "~standard": { ...schema["~standard"], jsonSchema } };
}

/** The metadata names the platform, so the core's response is made for that platform. */
async function assertSameThere({ host, subject, send }: Instance<Subject>, wire: WireRequest): Promise<WireResponse> {
  const response = await send(wire);
  const expected = await coreAnswer(subject.predictor, wire, host, host.platform);
  assertSame(response, expected, `${wire.method} ${wire.target}`);
  return response;
}

export function routes(host: Host): void {
  const plain = serve(host, () => ({ predictor: described }));

  for (const target of READ) {
    plain(`GET and HEAD ${target}`, async (instance) => {
      // The state in /ready changes when the model is loaded.
      await instance.send(post(EXAMPLE));
      if (target === "/ready") {
        assert.deepEqual(jsonOf(await instance.send(get(target))), { ready: true, state: "ready" });
      } else {
        const read = await assertSameThere(instance, get(target));
        assert.deepEqual([read.status, headerOf(read, "content-type")], [200, "application/json"]);
      }
      const head = await instance.send(request({ method: "HEAD", target }));
      assert.deepEqual([head.status, head.body.length], [200, 0]);
      assert.equal(headerOf(head, "content-type"), "application/json");
    });
  }

  plain("a route is found below any prefix, as gateways mount functions", async (instance) => {
    for (const target of ["/prod/health", "/a/b/c/health"]) await assertSameThere(instance, get(target));
    const predicted = await assertSameThere(instance, post(EXAMPLE, { target: "/prod/half/predict" }));
    assert.deepEqual(jsonOf(predicted), { half: 2 });
  });

  plain("OPTIONS lists the methods of every route", async (instance) => {
    const expected = [
      ...["/predict", "/"].map((target) => [target, "POST, OPTIONS"] as const),
      ...READ.map((target) => [target, "GET, HEAD, OPTIONS"] as const),
    ];
    for (const [target, allow] of expected) {
      const response = await assertSameThere(instance, request({ method: "OPTIONS", target }));
      assert.deepEqual([response.status, headerOf(response, "allow"), response.body.length], [204, allow, 0]);
    }
  });

  plain("responses have no CORS headers unless CORS is configured", async (instance) => {
    const headers: WireRequest["headers"] = [
      ["Origin", "https://app.example"],
      ["Access-Control-Request-Method", "POST"],
    ];
    const response = await assertSameThere(instance, request({ method: "OPTIONS", headers }));
    assert.equal(headerOf(response, "access-control-allow-origin"), undefined);
  });

  const open = serve(host, () => ({ predictor: OPEN }));
  open("CORS for any origin: preflight, response and error as a browser needs them", (instance) =>
    assertCors(instance, ["https://app.example", "https://evil.example", "null"], []),
  );

  const listed = serve(host, () => ({ predictor: LISTED }));
  listed(
    "CORS for listed origins, with credentials: preflight, response and error as a browser needs them",
    (instance) => assertCors(instance, ["https://app.example", "null"], ["https://evil.example"]),
  );
}

const OPEN = definePredictor({
  name: "open",
  cors: { origins: "*" },
  load: () => ({}),
  predict: (input: unknown) => input,
});

const LISTED = definePredictor({
  name: "listed",
  cors: {
    origins: ["https://app.example", "null"],
    credentials: true,
    headers: ["content-type", "x-mine"],
    maxAgeSeconds: 60,
  },
  load: () => ({}),
  predict: (input: unknown) => input,
});

async function assertCors(
  instance: Instance<Subject>,
  allowed: readonly string[],
  refused: readonly string[],
): Promise<void> {
  for (const origin of [...allowed, ...refused]) {
    const isAllowed = allowed.includes(origin);
    const asks: WireRequest["headers"] = [
      ["Origin", origin],
      ["Access-Control-Request-Method", "POST"],
      ["Access-Control-Request-Headers", "content-type,x-mine"],
    ];
    const preflight = await assertSameThere(instance, request({ method: "OPTIONS", headers: asks }));
    assert.equal(preflight.status, 204);
    assert.equal(headerOf(preflight, "access-control-allow-methods") !== undefined, isAllowed);
    const from: WireRequest["headers"] = [...JSON_TYPE, ["Origin", origin]];
    const answer = await assertSameThere(instance, post({ a: 1 }, { headers: from }));
    assert.equal(headerOf(answer, "access-control-allow-origin") !== undefined, isAllowed);
    // A browser hides an error without these headers from the page that caused it.
    const malformed = await assertSameThere(instance, post("{", { headers: from }));
    assert.equal(malformed.status, 400);
    assert.equal(headerOf(malformed, "access-control-allow-origin") !== undefined, isAllowed);
  }
}
