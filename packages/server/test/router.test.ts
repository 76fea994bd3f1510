import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Route } from "../src/route.ts";
import { Router } from "../src/router.ts";

function route(method: string, path: string): Route {
  return {
    method,
    path,
    kind: "read",
    operation: `${method} ${path}`,
    handle: () => ({ status: 200, headers: {}, body: "" }),
  };
}

const router = new Router([
  route("GET", "/v2"),
  route("GET", "/v2/models/:model"),
  route("GET", "/v2/models/:model/ready"),
  route("POST", "/v2/models/:model/versions/:version/infer"),
  route("POST", "/v1/models/:model:predict"),
  route("GET", "/v1/models/:model"),
  route("GET", "/models/stats"),
  route("GET", "/models/:model"),
  route("*", "/predict"),
  route("POST", "/predict"),
  route("POST", "/v1/endpoints/1:predict"),
]);

const operation = (method: string, path: string) => {
  const found = router.find(method, path);
  return found?.route === undefined ? found?.allow : [found.route.operation, { ...found.params }];
};

test("finds paths as they are, and with names in them", () => {
  assert.deepEqual(operation("GET", "/v2"), ["GET /v2", {}]);
  assert.deepEqual(operation("GET", "/v2/models/iris"), ["GET /v2/models/:model", { model: "iris" }]);
  assert.deepEqual(operation("POST", "/v2/models/a/versions/2/infer"), [
    "POST /v2/models/:model/versions/:version/infer",
    { model: "a", version: "2" },
  ]);
  assert.deepEqual(operation("POST", "/v1/endpoints/1:predict"), ["POST /v1/endpoints/1:predict", {}]);
});

test("a segment may end with a word after a colon, and may hold colons itself", () => {
  assert.deepEqual(operation("POST", "/v1/models/iris:predict"), ["POST /v1/models/:model:predict", { model: "iris" }]);
  assert.deepEqual(operation("POST", "/v1/models/a:b:predict"), ["POST /v1/models/:model:predict", { model: "a:b" }]);
  assert.deepEqual(operation("GET", "/v1/models/iris"), ["GET /v1/models/:model", { model: "iris" }]);
  assert.deepEqual(operation("POST", "/v1/models/:predict"), ["GET"], "a name of nothing but the word is a name");
});

test("what is written out comes before what is named", () => {
  assert.deepEqual(operation("GET", "/models/stats"), ["GET /models/stats", {}]);
  assert.deepEqual(operation("GET", "/models/other"), ["GET /models/:model", { model: "other" }]);
});

test("names are decoded, also an encoded slash, and what is no UTF-8 is no name", () => {
  assert.deepEqual(operation("GET", "/models/a%2Fb%20c"), ["GET /models/:model", { model: "a/b c" }]);
  assert.equal(operation("GET", "/models/%ff"), undefined);
  assert.equal(operation("GET", "/models/"), undefined);
});

test("HEAD is answered as GET, any method by a star, others by what the path takes", () => {
  assert.deepEqual(operation("HEAD", "/v2"), ["GET /v2", {}]);
  assert.deepEqual(operation("POST", "/predict"), ["POST /predict", {}]);
  assert.deepEqual(operation("DELETE", "/predict"), ["* /predict", {}]);
  assert.deepEqual(operation("DELETE", "/v2"), ["GET"]);
});

test("no path makes it throw, and names of prototypes are names", () => {
  assert.deepEqual(operation("GET", "/models/__proto__")?.[0], "GET /models/:model");
  assert.equal(operation("constructor", "/v2")?.[0], "GET");
  fc.assert(
    fc.property(fc.constantFrom("GET", "POST", "x"), fc.string(), (method, path) => {
      router.find(method, path);
      router.find(method, `/v2/models/${path}`);
    }),
  );
});
