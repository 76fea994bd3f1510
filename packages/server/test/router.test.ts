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

test("finds other spellings of a path: a slash at its end, and plain characters percent-encoded", () => {
  const encode = (text: string) => `%${text.charCodeAt(0).toString(16)}`;
  fc.assert(
    fc.property(
      fc.constantFrom(
        "/predict",
        "/v2/models/iris/ready",
        "/v1/models/iris",
        "/models/stats",
        "/v1/models/iris:predict",
      ),
      fc.infiniteStream(fc.boolean()),
      fc.boolean(),
      fc.boolean(),
      (path, coins, slash, upper) => {
        const spelled = path.replace(/[a-z0-9:]/g, (text) => (coins.next().value ? encode(text) : text));
        const sent = (upper ? spelled.replace(/%../g, (code) => code.toUpperCase()) : spelled) + (slash ? "/" : "");
        const method = path.endsWith(":predict") ? "POST" : "GET";
        assert.deepEqual(operation(method, sent), operation(method, path), sent);
      },
    ),
  );
  for (const path of ["/predict//", "//predict", "/v2%2Fmodels/iris", "/predict%2F", "/predict%", "/predict%00", "/"])
    assert.equal(operation("GET", path), undefined, path);
  for (let code = 0; code < 128; code++) {
    const char = String.fromCharCode(code);
    const isPlain = /[\w.~:-]/.test(char);
    const only = new Router([route("GET", `/a${char}`)]);
    const found = only.find("GET", `/a%${code.toString(16).padStart(2, "0")}`);
    assert.equal(found !== undefined, isPlain, JSON.stringify(char));
  }
});

test("an encoded letter or colon never makes a name of what is written out", () => {
  assert.deepEqual(operation("GET", "/models/stat%73"), ["GET /models/stats", {}]);
  for (const sent of ["/v1/models/iris%3Apredict", "/v1/models/iris:predic%74"])
    assert.deepEqual(operation("POST", sent), ["POST /v1/models/:model:predict", { model: "iris" }], sent);
});

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
