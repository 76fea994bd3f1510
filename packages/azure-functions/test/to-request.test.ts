import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpRequest } from "@azure/functions";
import { toRequest } from "../src/to-request.ts";

const rpc = (init: Record<string, unknown>) =>
  new HttpRequest({ method: "POST", url: "http://h/api/iris", ...init } as never);

test("path and query keep their percent-encoding", async () => {
  const { path, query } = await toRequest(rpc({ url: "https://app.example/api/iris/predict?a=%2F%20+&a=2&e=&%C3%A9" }));
  assert.deepEqual([path, query], ["/api/iris/predict", "a=%2F%20+&a=2&e=&%C3%A9"]);
  assert.deepEqual(Object.values(await toRequest(rpc({ url: "https://app.example" }))).slice(1, 3), ["/", ""]);
});

test("a body is its bytes, and an empty one is none", async () => {
  const every = Uint8Array.from({ length: 256 }, (_, index) => index);
  assert.deepEqual((await toRequest(rpc({ body: { bytes: every } }))).body, every);
  assert.equal((await toRequest(rpc({ body: { bytes: new Uint8Array() } }))).body, undefined);
  assert.equal((await toRequest(rpc({}))).body, undefined);
});

test("header names are lower case", async () => {
  const { headers } = await toRequest(rpc({ headers: { "X-Thing": "A", accept: "b,c" } }));
  assert.deepEqual({ ...headers }, { "x-thing": "A", accept: "b,c" });
});
