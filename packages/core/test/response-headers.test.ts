import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import { jsonOf, post } from "./support/calls.ts";

function setting(headers: Record<string, unknown>, output: unknown = 1) {
  return createService(
    definePredictor({
      name: "a",
      predict(_input, { responseHeaders }) {
        Object.assign(responseHeaders, headers);
        return output;
      },
    }),
  );
}

test("predict sets headers of its answer, with a repeated one as a list", async () => {
  const cookies = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"];
  const { status, headers } = await post(setting({ "Cache-Control": "no-store", "set-cookie": cookies }), 1);
  assert.equal(status, 200);
  assert.equal(headers["cache-control"], "no-store");
  assert.deepEqual(headers["set-cookie"], cookies);
  assert.equal(headers["content-type"], "application/json");
});

test("predict says what its bytes are", async () => {
  const { headers, body } = await post(setting({ "content-type": "image/png" }, Uint8Array.of(1, 2)), 1);
  assert.equal(headers["content-type"], "image/png");
  assert.deepEqual(body, Uint8Array.of(1, 2));
});

for (const [headers, why] of [
  [{ "content-length": "3" }, "the transport's own"],
  [{ "X-Tricast-Instance": "x" }, "ours"],
  [{ "a b": "x" }, "no name"],
  [{ a: "x\r\nset-cookie: b=1" }, "two lines"],
  [{ a: "\u{1f600}" }, "not one byte a character"],
  [{ a: 3 }, "a number"],
] as const) {
  test(`a header that is ${why} is invalid-output and not sent`, async () => {
    const response = await post(setting(headers), 1);
    assert.equal(jsonOf(response).code, "invalid-output");
    for (const name of Object.keys(headers))
      assert.notEqual(response.headers[name.toLowerCase()], Object.values(headers)[0]);
  });
}

test("a failed prediction sends none of them", async () => {
  const service = createService(
    definePredictor({
      name: "a",
      predict(_input, { responseHeaders }) {
        responseHeaders["x-mine"] = "1";
        throw new Error("no");
      },
    }),
  );
  assert.equal((await post(service, 1)).headers["x-mine"], undefined);
});
