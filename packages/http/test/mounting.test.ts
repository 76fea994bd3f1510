import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { definePredictor } from "@tricast/core";
import { fetchHandler, nodeListener } from "@tricast/http";
import express5 from "express";
import express4 from "express4";
import { Hono } from "hono";
import { mount } from "hono/mount";
import "../../../test/contract/support/quiet.ts";
import { listening } from "./support/listening.ts";
import { echo } from "./support/predictors.ts";

const EXPRESS = { "Express 4": express4, "Express 5": express5 } as const;

async function ask(port: number, path: string, method = "GET", body?: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...(body && { body }) });
  return `${response.status} ${(await response.text()).slice(0, 15)}`;
}

for (const [name, express] of Object.entries(EXPRESS)) {
  describe(`nodeListener in ${name}`, () => {
    const open = (t: TestContext, mountPath: string | undefined, basePath?: string) => {
      const app = express();
      const listener = nodeListener(echo().predictor, { basePath });
      if (mountPath === undefined) app.use(listener);
      else app.use(mountPath, listener);
      app.use((request, response) => void response.status(299).send(`next ${request.originalUrl}`));
      return listening(t, createServer(app));
    };

    it("answers its routes below the path that it is mounted at, and hands everything else on", async (t) => {
      const port = await open(t, "/models/echo");
      for (const path of ["/models/echo", "/models/echo/", "/models/echo/predict", "/models/echo/predict?a=1"])
        assert.equal(await ask(port, path, "POST", "1"), '200 {"input":1}', path);
      assert.equal(await ask(port, "/models/echo/health"), '200 {"status":"ok"}');
      assert.match(await ask(port, "/models/echo/predict"), /^405 /);
      for (const path of ["/", "/health", "/models/echo/other", "/models/echo/any/predict", "/models/echo/health/"])
        assert.match(await ask(port, path, "POST", "1"), /^299 next/, path);
    });

    it("names the path that it is mounted at in openapi.json", async (t) => {
      const port = await open(t, "/models/echo");
      const document = await (await fetch(`http://127.0.0.1:${port}/models/echo/openapi.json`)).json();
      assert.deepEqual((document as { servers: unknown }).servers, [{ url: "/models/echo" }]);
    });

    it("at the root, leaves paths to the application that only end like a route", async (t) => {
      const port = await open(t, undefined);
      assert.equal(await ask(port, "/predict", "POST", "1"), '200 {"input":1}');
      for (const path of ["/shop/health", "/users/predict", "//predict", "/%70redict"])
        assert.match(await ask(port, path), /^299 next/, path);
    });

    it("takes a base path where the path is still in the URL", async (t) => {
      const port = await open(t, undefined, "/models/echo");
      for (const path of ["/models/echo", "/models/echo/", "/models/echo/predict"])
        assert.equal(await ask(port, path, "POST", "1"), '200 {"input":1}', path);
      for (const path of ["/", "/predict", "/models", "/models/echoes", "/models/echo/any/predict"])
        assert.match(await ask(port, path, "POST", "1"), /^299 next/, path);
    });
  });
}

describe("nodeListener without next", () => {
  it("answers unknown paths itself, and finds routes below any path", async (t) => {
    const port = await listening(t, createServer(nodeListener(echo().predictor)));
    assert.match(await ask(port, "/nowhere"), /^404 /);
    assert.equal(await ask(port, "/any/predict", "POST", "1"), '200 {"input":1}');
  });
});

describe("fetchHandler", () => {
  it("answers below its base path, and where Hono mounts it", async () => {
    const handle = fetchHandler(echo().predictor);
    const based = fetchHandler(echo().predictor, { basePath: "/models/echo" });
    const app = new Hono().all("/mounted/*", mount(handle)).all("/models/echo/*", ({ req }) => based(req.raw));
    for (const path of ["/mounted", "/mounted/predict", "/models/echo", "/models/echo/", "/models/echo/predict"]) {
      const headers = { "content-type": "application/json" };
      const response = await app.request(path, { method: "POST", body: "1", headers });
      assert.deepEqual([response.status, await response.text()], [200, '{"input":1}'], path);
    }
    const unknown = await app.request("/models/echo/other");
    assert.equal(unknown.status, 404);
    assert.equal(((await unknown.json()) as { code: string }).code, "not-found");
  });
});

describe("options", () => {
  const { predictor } = echo();
  for (const [name, make] of Object.entries({ nodeListener, fetchHandler })) {
    it(`of ${name} are refused where they are not valid`, () => {
      assert.throws(() => make(predictor, { basepath: "/x" } as never), { message: /did you mean "basePath"\?/ });
      for (const basePath of ["x", "/x/", ""])
        assert.throws(() => make(predictor, { basePath }), { code: "invalid-option", message: /a slash at the start/ });
      assert.throws(() => make({} as never), { code: "invalid-definition" });
    });

    it(`the model of ${name} begins to load at once, as on the platform own-server`, async () => {
      const loading = Promise.withResolvers<string>();
      make(definePredictor({ name: "eager", load: () => loading.resolve("loads") ?? {}, predict: () => 1 }));
      assert.equal(await loading.promise, "loads");
    });
  }
});
