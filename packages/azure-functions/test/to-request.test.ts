import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpRequest } from "@azure/functions";
import type { BodyReader } from "@tricast/core/adapter";
import { toRequest } from "../src/to-request.ts";

const rpc = (init: Record<string, unknown>) =>
  new HttpRequest({ method: "POST", url: "http://h/api/iris", ...init } as never);

const LIMITS = { maxBytes: 1_000, name: "limits.bodyBytes" };

async function bodyOf(init: Record<string, unknown>): Promise<unknown> {
  const { body } = toRequest(rpc(init));
  return body === undefined ? undefined : (body as BodyReader).read(LIMITS);
}

test("path and query keep their percent-encoding", () => {
  const { path, query } = toRequest(rpc({ url: "https://app.example/api/iris/predict?a=%2F%20+&a=2&e=&%C3%A9" }));
  assert.deepEqual([path, query], ["/api/iris/predict", "a=%2F%20+&a=2&e=&%C3%A9"]);
  assert.deepEqual(Object.values(toRequest(rpc({ url: "https://app.example" }))).slice(1, 3), ["/", ""]);
});

test("a body is its bytes, and an empty one is none", async () => {
  const every = Uint8Array.from({ length: 256 }, (_, index) => index);
  assert.deepEqual(new Uint8Array((await bodyOf({ body: { bytes: every } })) as Uint8Array), every);
  assert.equal(await bodyOf({ body: { bytes: new Uint8Array() } }), undefined);
  assert.equal(await bodyOf({}), undefined);
});

test("a body over the limit is refused unread where it declares its size, else as soon as it is over", async () => {
  const bytes = Buffer.alloc(1_001);
  await assert.rejects(bodyOf({ body: { bytes }, headers: { "content-length": "1001" } }), {
    code: "body-too-large",
    message: "The body is 1001 bytes; the limit is 1000 (limits.bodyBytes)",
  });
  await assert.rejects(bodyOf({ body: { bytes } }), { code: "body-too-large", message: /more than 1000 bytes/ });
});

test("a body that a hook has read is an error that says so", async () => {
  const request = rpc({ body: { string: "{}" } });
  await request.text();
  await assert.rejects((toRequest(request).body as BodyReader).read(LIMITS), {
    code: "internal",
    message: /A preInvocation hook has read the request's body; let it read request.clone\(\)/,
  });
});

test("header names are lower case", () => {
  const { headers } = toRequest(rpc({ headers: { "X-Thing": "A", accept: "b,c" } }));
  assert.deepEqual({ ...headers }, { "x-thing": "A", accept: "b,c" });
});
