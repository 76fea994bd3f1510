import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import fc from "fast-check";
import { allowed, findRoute, ROUTES } from "../src/http/routes.ts";
import { get, invocation, jsonOf, post, request } from "./support/calls.ts";

const service = createService(definePredictor({ name: "echo", predict: (input: unknown) => input }));
const answer = (method: string, path: string, body?: string) =>
  service.handle(request({ method, path, body }), invocation());

test("a route is found at the root, and by its last segment wherever it is mounted", () => {
  const prefix = fc
    .array(fc.stringMatching(/^[a-z%.-]{0,8}$/))
    .map((parts) => parts.map((part) => `/${part}`).join(""));
  fc.assert(
    fc.property(
      prefix,
      fc.constantFrom("/predict", "/health", "/ready", "/metadata", "/openapi.json"),
      (mount, route) => {
        assert.equal(findRoute(mount + route, undefined), ROUTES[route]);
      },
    ),
  );
  assert.equal(findRoute("/", undefined)?.name, "predict");
});

test("a slash at the end and percent-encoded letters are the same route", () => {
  const encoded = (text: string) => [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
  for (const name of ["predict", "health", "ready", "metadata", "openapi.json"]) {
    const route = ROUTES[`/${name}`];
    const spellings = [`/${name}/`, `/${encoded(name)}`, `/%${encoded(name).slice(1).toUpperCase()}/`];
    for (const spelling of [...spellings, `/a/${name}/`, `/a%2Fb/${encoded(name)}`])
      assert.equal(findRoute(spelling, undefined), route, spelling);
  }
});

test("other paths have no route", () => {
  const encoded = ["/%2Fpredict", "/predict%2F", "/predict%", "/%70redict%ff", "/a%2Fpredict", "/predict%20", "/%2e/"];
  const paths = [
    ...["/predicts", "/predict//", "/Predict", "/a/", "/iris", "//", "", "predict", "/predict/1", "/openapi"],
    ...encoded,
  ];
  for (const path of [...paths, "constructor", "__proto__", "/constructor", "/__proto__", "/a/toString"]) {
    assert.equal(findRoute(path, undefined), undefined, path);
  }
});

test("the base path means the root, and nothing more", () => {
  for (const path of ["/iris", "/iris/"]) assert.equal(findRoute(path, "/iris")?.name, "predict");
  for (const path of ["/iris2", "/iris//", "/a/iris", "/IRIS"]) assert.equal(findRoute(path, "/iris"), undefined, path);
  assert.equal(findRoute("/iris/health", "/iris")?.name, "health");
});

test("a service answers at its base path", async () => {
  const mounted = createService(definePredictor({ name: "a", predict: () => 1 }), { basePath: "/api/iris" });
  assert.equal((await post(mounted, 1, {}, "/api/iris")).status, 200);
  assert.equal((await post(mounted, 1, {}, "/api/iris/predict")).status, 200);
  assert.equal((await post(mounted, 1, {}, "/")).status, 200);
  assert.equal((await post(mounted, 1, {}, "/api/digits")).status, 404);
});

test("an unknown route is 404 and names those there are", async () => {
  const response = await get(service, "/nope");
  assert.equal(response.status, 404);
  assert.match(jsonOf(response).detail, /^No route takes GET \/nope; routes: POST \/predict, POST \/, GET \/health,/);
});

test("a route answers the methods it has and refuses every other with Allow", async () => {
  for (const [path, route] of Object.entries(ROUTES)) {
    const allow = allowed(route);
    assert.equal(allow, route.name === "predict" ? "POST, OPTIONS" : "GET, HEAD, OPTIONS");
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", ""]) {
      const response = await answer(method, path, "1");
      if (allow.split(", ").includes(method)) {
        assert.equal(response.status, 200, `${method} ${path}`);
        continue;
      }
      assert.equal(response.status, 405, `${method} ${path}`);
      assert.equal(response.headers.allow, allow);
      if (method !== "HEAD") assert.equal(jsonOf(response).code, "method-not-allowed");
    }
  }
});

test("OPTIONS answers 204 with Allow and no body, without CORS headers where CORS is off", async () => {
  for (const path of Object.keys(ROUTES)) {
    const response = await service.handle(
      request({ method: "OPTIONS", path, headers: { origin: "https://a.example" } }),
      invocation(),
    );
    assert.equal(response.status, 204);
    assert.equal(response.body, "");
    assert.equal(response.headers.allow, allowed(ROUTES[path]!));
    assert.deepEqual(
      Object.keys(response.headers).filter((name) => name.startsWith("access-control") || name === "vary"),
      [],
    );
  }
  assert.equal((await answer("OPTIONS", "/nope")).status, 404);
});

test("HEAD answers as GET does, without the body, for errors too", async () => {
  await service.start();
  for (const path of ["/health", "/ready", "/metadata", "/openapi.json", "/nope"]) {
    const head = await answer("HEAD", path);
    const read = await answer("GET", path);
    assert.equal(head.status, read.status);
    assert.equal(head.headers["content-type"], read.headers["content-type"]);
    assert.equal(head.body, "");
    assert.notEqual(read.body, "");
  }
  assert.equal((await answer("HEAD", "/predict")).body, "");
});

test("every answer names the instance, the request and whether the start was cold", async () => {
  const instances = new Set<unknown>();
  for (const response of [await answer("POST", "/", "1"), await get(service, "/health"), await get(service, "/x")]) {
    instances.add(response.headers["x-tricast-instance"]);
    assert.match(String(response.headers["x-tricast-instance"]), /^[a-z0-9]{16}$/);
    assert.equal(response.headers["x-tricast-cold-start"], "false");
    assert.equal(response.headers["x-request-id"], "request-1");
  }
  assert.equal(instances.size, 1);
});

test("header names are lower-case", async () => {
  for (const response of [await answer("POST", "/", "1"), await answer("PUT", "/", "1")]) {
    for (const name of Object.keys(response.headers)) assert.equal(name, name.toLowerCase());
  }
});
