import assert from "node:assert/strict";
import { test } from "node:test";
import { type CorsOptions, definePredictor } from "@tricast/core";
import { createService, type InferenceResponse } from "@tricast/core/adapter";
import { invocation, request } from "./support/calls.ts";

const APP = "https://app.example.com";

function corsOf(response: InferenceResponse): Record<string, unknown> {
  const names = Object.keys(response.headers).filter((name) => name.startsWith("access-control-") || name === "vary");
  return Object.fromEntries(names.map((name) => [name.replace("access-control-", ""), response.headers[name]]));
}

function ask(cors: CorsOptions | undefined, headers: Record<string, string>, method = "POST", path = "/predict") {
  const options = cors === undefined ? {} : { cors };
  const service = createService(definePredictor({ name: "a", ...options, predict: () => 1 }));
  return service.handle(request({ method, path, headers, body: "1" }), invocation());
}

const PREFLIGHT = { "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
const EXPOSED = "server-timing, x-tricast-instance, x-tricast-cold-start, x-request-id, retry-after";

test("CORS is off unless it is configured", async () => {
  assert.deepEqual(corsOf(await ask(undefined, { origin: APP })), {});
  assert.deepEqual(corsOf(await ask(undefined, { origin: APP, ...PREFLIGHT }, "OPTIONS")), {});
});

test("an allowed origin reads the answer and what it may read of it", async () => {
  assert.deepEqual(corsOf(await ask({ origins: [APP] }, { origin: APP })), {
    "allow-origin": APP,
    "expose-headers": EXPOSED,
    vary: "Origin",
  });
});

test("any other origin gets nothing but Vary, so that no cache mixes the answers up", async () => {
  for (const origin of ["https://evil.example", `${APP}.evil.example`, `${APP}/`, APP.toUpperCase(), "null", ""]) {
    assert.deepEqual(corsOf(await ask({ origins: [APP] }, { origin })), { vary: "Origin" }, origin);
    assert.deepEqual(corsOf(await ask({ origins: [APP] }, { origin, ...PREFLIGHT }, "OPTIONS")), { vary: "Origin" });
  }
  assert.deepEqual(corsOf(await ask({ origins: [APP] }, {})), { vary: "Origin" });
});

test("any origin may be allowed, and then the answer does not vary", async () => {
  assert.deepEqual(corsOf(await ask({ origins: "*" }, { origin: "https://x.example" })), {
    "allow-origin": "*",
    "expose-headers": EXPOSED,
  });
});

test("a preflight is answered with the methods of its route, the headers and how long they hold", async () => {
  const cors = { origins: [APP], headers: ["content-type", "x-own"], maxAgeSeconds: 0, credentials: true };
  const response = await ask(cors, { origin: APP, ...PREFLIGHT }, "OPTIONS");
  assert.equal(response.status, 204);
  assert.deepEqual(corsOf(response), {
    "allow-origin": APP,
    "allow-credentials": "true",
    "expose-headers": EXPOSED,
    "allow-methods": "POST, OPTIONS",
    "allow-headers": "content-type, x-own",
    "max-age": "0",
    vary: "Origin",
  });
  const defaults = corsOf(await ask({ origins: "*" }, { origin: APP, ...PREFLIGHT }, "OPTIONS", "/health"));
  assert.equal(defaults["allow-methods"], "GET, HEAD, OPTIONS");
  assert.equal(defaults["allow-headers"], "content-type, authorization");
  assert.equal(defaults["max-age"], "600");
});

test("the predictor's own Vary is kept beside Origin", async () => {
  const vary = async (own: string | readonly string[], origins: CorsOptions["origins"] = [APP]) => {
    const predictor = definePredictor({
      name: "a",
      cors: { origins },
      predict(_input, { responseHeaders }) {
        responseHeaders.vary = own as string;
        return 1;
      },
    });
    const headers = { origin: APP };
    return (await createService(predictor).handle(request({ headers, body: "1" }), invocation())).headers.vary;
  };
  assert.equal(await vary("accept"), "accept, Origin");
  assert.equal(await vary(["accept", "x-key"]), "accept, x-key, Origin");
  assert.equal(await vary("accept,ORIGIN"), "accept,ORIGIN");
  assert.equal(await vary("x-origin"), "x-origin, Origin");
  assert.equal(await vary("*"), "*");
  assert.equal(await vary("accept", "*"), "accept");
});

test("OPTIONS that is no preflight gets no preflight headers", async () => {
  assert.deepEqual(Object.keys(corsOf(await ask({ origins: [APP] }, { origin: APP }, "OPTIONS"))), [
    "vary",
    "allow-origin",
    "expose-headers",
  ]);
});

test("a browser can read errors, from every route, as it can read answers", async () => {
  const cors = { origins: [APP], credentials: true };
  for (const [method, path] of [
    ["GET", "/nope"],
    ["PUT", "/predict"],
    ["GET", "/health"],
  ] as const) {
    const headers = corsOf(await ask(cors, { origin: APP }, method, path));
    assert.equal(headers["allow-origin"], APP, path);
    assert.equal(headers["allow-credentials"], "true");
  }
});

test("an error that arose before the service saw the request is readable too", () => {
  const service = createService(definePredictor({ name: "a", cors: { origins: [APP] }, predict: () => 1 }));
  const seen = service.problem(new Error("x"), invocation(), request({ headers: { origin: APP } }));
  assert.equal(seen.headers["access-control-allow-origin"], APP);
  assert.deepEqual(corsOf(service.problem(new Error("x"), invocation())), {});
});
