import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type SpawnedAzureHost, spawnAzureHost } from "../../scripts/start/azure-spawn.ts";
import { azureApp } from "./support/azure-app.ts";
import { PROBE } from "./support/probe-source.ts";
import type { TemporaryApp } from "./support/temporary-app.ts";
import { until, untilPrinted } from "./support/until.ts";
import { header, headers, json, postJson, send } from "./support/wire-client.ts";

const MAIN = `${PROBE}
import { azureFunctions } from "@tricast/azure-functions";
azureFunctions(probe, { warmupSchedule: "0 */5 * * * *" });
azureFunctions(definePredictor({
  name: "second", load: () => { console.log("second loads"); return {}; }, predict: () => ({ second: true }),
}), { authLevel: "anonymous", route: "models/second" });
`;

const SET_COOKIES = [
  "a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly",
  "b=x%20y; Path=/api; Expires=Thu, 22 Oct 2026 07:28:00 GMT; Max-Age=60; Secure; SameSite=Lax; Domain=example.com",
  "c=raw=value; Path=/; Partitioned",
  "d=1",
];

/** A second bundle, with its own copies of the library and of ours. */
const COOKIES = `
import { azureFunctions } from "@tricast/azure-functions";
import { definePredictor } from "@tricast/core";
azureFunctions(definePredictor({
  name: "cookies", load: () => ({}),
  predict: (_, { responseHeaders }) => { responseHeaders["set-cookie"] = ${JSON.stringify(SET_COOKIES)}; return {}; },
}), { authLevel: "anonymous", warmupTrigger: false });
`;

/** Whole lines only: the last may still be on its way. */
const linesOf = (host: SpawnedAzureHost) => host.output().split("\n").slice(0, -1);

describe("azure functions, real library behind the worker's loading rules", () => {
  let app: TemporaryApp;
  let host: SpawnedAzureHost;

  before(async () => {
    app = await azureApp({ "main.ts": MAIN, "other.ts": COOKIES });
    host = await spawnAzureHost({
      root: app.root,
      env: { TRICAST_WARMUP_SECRET: "s3cret", TRICAST_AUTH_LEVEL: "admin" },
    });
  });

  after(async () => {
    assert.equal(await host.stop(), 0);
    app.remove();
  });

  test("registers one function a predictor, who may call it, one warmup trigger and the timer asked for", () => {
    const found = host.functions.map(({ name, trigger, authLevel }) => [name, trigger, authLevel]);
    assert.deepEqual(found, [
      ["probe", "httpTrigger", "admin"], // the app setting's
      ["warmup", "warmupTrigger", undefined],
      ["probe-warmup", "timerTrigger", undefined],
      ["second", "httpTrigger", "anonymous"],
      ["cookies", "httpTrigger", "anonymous"],
    ]);
  });

  test("predicts, at the route itself and below it", async () => {
    for (const target of ["/api/probe", "/api/probe/", "/api/probe/predict", "/API/Probe/predict"]) {
      const response = await postJson(host.url, target, { value: 21 });
      assert.deepEqual([response.status, json(response)], [200, { doubled: 42 }], target);
      assert.equal(header(response, "content-type"), "application/json");
    }
    assert.deepEqual(json(await postJson(host.url, "/api/models/second", {})), { second: true });
  });

  test("answers malformed JSON, unknown routes and wrong methods with problems", async () => {
    const malformed = await postJson(host.url, "/api/probe/predict", "{");
    assert.deepEqual([malformed.status, json(malformed).code], [400, "invalid-json"]);
    assert.equal(header(malformed, "content-type"), "application/problem+json");
    const unknown = await send(host.url, { target: "/api/probe/nowhere" });
    assert.deepEqual([unknown.status, json(unknown).code], [404, "not-found"]);
    for (const method of ["DELETE", "PUT", "PATCH"]) {
      const wrong = await send(host.url, { method, target: "/api/probe/predict" });
      assert.deepEqual([wrong.status, json(wrong).code], [405, "method-not-allowed"], method);
      assert.equal(header(wrong, "allow"), "POST, OPTIONS");
    }
  });

  test("answers GET, HEAD and OPTIONS", async () => {
    const health = await send(host.url, { target: "/api/probe/health" });
    assert.deepEqual([health.status, json(health)], [200, { status: "ok" }]);
    const head = await send(host.url, { method: "HEAD", target: "/api/probe/health" });
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    const options = await send(host.url, { method: "OPTIONS", target: "/api/probe/predict" });
    assert.deepEqual([options.status, header(options, "allow")], [204, "POST, OPTIONS"]);
  });

  test("keeps body bytes both ways, from none to 4 MB", async () => {
    for (const size of [1, 255, 65_536, 4 * 1024 * 1024]) {
      const body = Buffer.alloc(size).map((_, index) => (index * 31 + (index >> 8)) & 255);
      const response = await send(host.url, {
        method: "POST",
        target: "/api/probe/predict",
        headers: [["content-type", "application/octet-stream"]],
        body,
      });
      assert.equal(response.status, 200);
      assert.equal(header(response, "content-type"), "application/octet-stream");
      assert.ok(Buffer.from(response.body).equals(body), `${size} bytes`);
    }
    const empty = await send(host.url, {
      method: "POST",
      target: "/api/probe/predict",
      headers: [["content-type", "application/octet-stream"]],
    });
    assert.deepEqual([empty.status, json(empty).code], [400, "invalid-json"]);
  });

  test("hands on the query as sent, and headers in lower case", async () => {
    const query = "a=1&a=2&b=%20+%2B&c=%E2%82%AC&empty=&flag&d=%2f%2F";
    const told = json(
      await postJson(host.url, `/api/probe/predict?${query}`, { tell: true }, [
        ["X-Mixed-Case", "Kept"],
        ["x-twice", "1"],
        ["x-twice", "2"],
      ]),
    );
    assert.equal(told.query, query);
    assert.equal(told.method, "POST");
    const seen = told.headers as Record<string, string>;
    assert.equal(seen["x-mixed-case"], "Kept");
    // The host joins repeats before the worker sees them, without a space.
    assert.equal(seen["x-twice"], "1,2");
  });

  test("ties invocation, trace and deadline to the platform's own", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const response = await postJson(host.url, "/api/probe", { tell: true }, [["traceparent", traceparent]]);
    const told = json(response);
    assert.equal(told.traceparent, traceparent);
    assert.equal(header(response, "x-request-id"), told.id);
    const left = (told.deadline as number) - Date.now();
    assert.ok(left > 220_000 && left <= 230_000, `${left} ms`);
    await until("the log line", () =>
      linesOf(host).find((line) => line.startsWith(`[probe ${told.id}] information: `) && line.includes("m-42")),
    );
  });

  test("sends several cookies, each as the predictor wrote it, from each bundle of the app", async () => {
    const response = await postJson(host.url, "/api/cookies", {});
    assert.deepEqual([response.status, headers(response, "set-cookie")], [200, SET_COOKIES]);
  });

  test("hides a predictor's error from clients, and logs it with the invocation", async () => {
    const response = await postJson(host.url, "/api/probe", { fail: true });
    assert.deepEqual([response.status, json(response).code], [500, "predict-failed"]);
    assert.doesNotMatch(
      Buffer.from(response.body).toString() + JSON.stringify(response.headers),
      /secret|postgres|TypeError/,
    );
    const start = `[probe ${header(response, "x-request-id")}] error: `;
    await until("the log of what was thrown", () =>
      linesOf(host).find((line) => line.startsWith(start) && line.includes("postgres")),
    );
    assert.deepEqual(json(await postJson(host.url, "/api/probe", { value: 1 })), { doubled: 2 });
  });

  test("the warmup trigger and the timer run without an answer, and warm", async () => {
    assert.equal((await send(host.url, { method: "POST", target: "/admin/warmup" })).status, 200);
    assert.equal((await send(host.url, { method: "POST", target: "/admin/functions/probe-warmup" })).status, 202);
    assert.equal((await send(host.url, { method: "POST", target: "/admin/functions/none" })).status, 404);
    await until("the second model's load", () => host.output().includes("second loads"));
    const ready = await send(host.url, { target: "/api/models/second/ready" });
    assert.deepEqual([ready.status, json(ready)], [200, { ready: true, state: "ready" }]);
  });

  test("a ping over HTTP needs the secret; a body that looks like one is traffic", async () => {
    const ping = await postJson(host.url, "/api/probe", {}, [["x-tricast-warmup", "s3cret"]]);
    assert.deepEqual([json(ping).warmed, json(ping).predictor, json(ping).state], [true, "probe", "ready"]);
    assert.equal(
      json(await postJson(host.url, "/api/probe", { value: 4 }, [["x-tricast-warmup", "wrong"]])).doubled,
      8,
    );
    assert.equal(json(await postJson(host.url, "/api/probe", { warmer: true, value: 5 })).doubled, 10);
  });
});

test("appTerminate lets requests in flight answer before the worker ends", async () => {
  const app = await azureApp({ "main.ts": MAIN });
  const host = await spawnAzureHost({ root: app.root });
  try {
    await postJson(host.url, "/api/probe", { value: 1 });
    const inFlight = [1, 2, 3].map((value) => postJson(host.url, "/api/probe", { value, sleepMs: 400 }));
    await untilPrinted(host, '"sleeping"', 3);
    const stopped = host.stop();
    const answers = await Promise.all(inFlight);
    assert.deepEqual(
      answers.map((answer) => [answer.status, json(answer).doubled]),
      [
        [200, 2],
        [200, 4],
        [200, 6],
      ],
    );
    assert.equal(await stopped, 0);
  } finally {
    await host.stop();
    app.remove();
  }
});

describe("the local host refuses what Azure would not start", () => {
  const refuses = async (entries: Record<string, string>, manifest: Record<string, unknown>, expected: RegExp) => {
    const app = await azureApp(entries, manifest);
    try {
      await assert.rejects(
        spawnAzureHost({ root: app.root }).then(async (host) => host.stop()),
        expected,
      );
    } finally {
      app.remove();
    }
  };
  const valid = { "main.ts": MAIN };

  test("a main that matches no file", () =>
    refuses(valid, { main: "build/*.js" }, /Found zero files matching the supplied pattern/));
  test("a main that is missing", () => refuses(valid, {}, /has no "main"/));
  test("an entry file that throws", () =>
    refuses(
      { "main.ts": `throw new Error("at load");` },
      { main: "dist/main.js" },
      /unable to load entry point "dist\/main.js": at load/,
    ));
  test("CommonJS bundles under a manifest that says module", () =>
    refuses(valid, { main: "dist/main.js", type: "module" }, /unable to load entry point/));
  test("an app that registers nothing", () =>
    refuses({ "main.ts": "export {};" }, { main: "dist/main.js" }, /registered no functions/));
  test("one name for two predictors", () =>
    refuses(
      {
        "main.ts": `${PROBE} import { azureFunctions } from "@tricast/azure-functions"; azureFunctions(probe); azureFunctions(probe);`,
      },
      { main: "dist/main.js" },
      /"probe" has already been registered/,
    ));
});

test("a busy port is named", async () => {
  const app = await azureApp({ "main.ts": MAIN });
  const first = await spawnAzureHost({ root: app.root });
  try {
    const { port } = new URL(first.url);
    await assert.rejects(spawnAzureHost({ root: app.root, port: Number(port) }), new RegExp(`Port ${port} is in use`));
  } finally {
    await first.stop();
    app.remove();
  }
});
