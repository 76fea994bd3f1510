import assert from "node:assert/strict";
import { definePredictor } from "@tricast/core";
import iris from "../../handlers/iris/predict.ts";
import type { WireRequest } from "../events/event-source.ts";
import { fleet, type Instance, type Subject } from "./support/fleet.ts";
import { assertSame, coreAnswer } from "./support/reference.ts";
import { get, headerOf, JSON_TYPE, jsonOf, post, request } from "./support/requests.ts";

const READ = ["/health", "/ready", "/metadata", "/openapi.json"];

const plain = fleet(() => ({ predictor: iris }));

/** The metadata name the platform, so the core is asked as on that platform. */
async function assertSameThere({ host, subject, send }: Instance<Subject>, wire: WireRequest) {
  const response = await send(wire);
  const expected = await coreAnswer(subject.predictor, wire, host.mount, host.platform);
  assertSame(response, expected, `${wire.method} ${wire.target}`);
  return response;
}

for (const target of READ) {
  plain.each(`GET and HEAD ${target}`, async (instance) => {
    // The state that /ready tells is another before the model is there.
    await instance.send(post(iris.definition.examples![0]));
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

plain.each("a route is found below any prefix, as gateways mount functions", async (instance) => {
  for (const target of ["/prod/health", "/a/b/c/health"]) await assertSameThere(instance, get(target));
  await assertSameThere(instance, post(iris.definition.examples![0], { target: "/prod/iris/predict" }));
});

plain.each("OPTIONS tells the methods of every route", async (instance) => {
  for (const [target, allow] of [
    ["/predict", "POST, OPTIONS"],
    ["/", "POST, OPTIONS"],
    ...READ.map((each) => [each, "GET, HEAD, OPTIONS"] as const),
  ] as const) {
    const response = await assertSameThere(instance, request({ method: "OPTIONS", target }));
    assert.deepEqual([response.status, headerOf(response, "allow"), response.body.length], [204, allow, 0]);
  }
});

plain.each("there is no CORS where none is configured", async (instance) => {
  const headers: WireRequest["headers"] = [
    ["Origin", "https://app.example"],
    ["Access-Control-Request-Method", "POST"],
  ];
  const response = await assertSameThere(instance, request({ method: "OPTIONS", headers }));
  assert.equal(headerOf(response, "access-control-allow-origin"), undefined);
});

const open = fleet(() => ({
  predictor: definePredictor({ name: "open", cors: { origins: "*" }, load: () => ({}), predict: (x: unknown) => x }),
}));

const listed = fleet(() => ({
  predictor: definePredictor({
    name: "listed",
    cors: {
      origins: ["https://app.example", "null"],
      credentials: true,
      headers: ["content-type", "x-mine"],
      maxAgeSeconds: 60,
    },
    load: () => ({}),
    predict: (x: unknown) => x,
  }),
}));

for (const [which, { each }] of [
  ["any origin", open],
  ["listed origins, with credentials", listed],
] as const) {
  each(`CORS for ${which}: preflight, answer and error as a browser needs them`, async (instance) => {
    for (const origin of ["https://app.example", "https://evil.example", "null"]) {
      const asks: WireRequest["headers"] = [
        ["Origin", origin],
        ["Access-Control-Request-Method", "POST"],
        ["Access-Control-Request-Headers", "content-type,x-mine"],
      ];
      const preflight = await assertSameThere(instance, request({ method: "OPTIONS", headers: asks }));
      assert.equal(preflight.status, 204);
      const isAllowed = which === "any origin" || origin !== "https://evil.example";
      assert.equal(headerOf(preflight, "access-control-allow-methods") !== undefined, isAllowed);
      const from: WireRequest["headers"] = [...JSON_TYPE, ["Origin", origin]];
      const answer = await assertSameThere(instance, post({ a: 1 }, { headers: from }));
      assert.equal(headerOf(answer, "access-control-allow-origin") !== undefined, isAllowed);
      // A browser hides an error without these headers from the page that caused it.
      const refused = await assertSameThere(instance, post("{", { headers: from }));
      assert.equal(refused.status, 400);
      assert.equal(headerOf(refused, "access-control-allow-origin") !== undefined, isAllowed);
    }
  });
}
