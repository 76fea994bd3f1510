import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { definePredictor } from "@tricast/core";
import fc from "fast-check";
import { json, postJson } from "../../../test/e2e/support/wire-client.ts";
import type { WireRequest } from "../../../test/events/event-source.ts";
import { bareHandler, type GoogleHandler, googleHandler } from "../../../test/events/google/functions-framework.ts";

const echo = definePredictor({
  name: "echo",
  load: () => ({}),
  predict: (input: unknown, { request }) =>
    input instanceof Uint8Array ? input : { query: request.query, cookie: request.headers.cookie ?? null },
});

for (const [place, open] of [
  ["the framework's server", googleHandler],
  ["a bare server", bareHandler],
] as const) {
  describe(`cloudFunctions on ${place}`, () => {
    let served: GoogleHandler;
    before(async () => {
      served = await open(echo);
    });
    after(() => served.close());

    const post = (request: Partial<WireRequest>) =>
      served.handle({ method: "POST", target: "/predict", headers: [], body: new Uint8Array(), ...request });

    test("keeps any bytes both ways", async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), async (body) => {
          const response = await post({ headers: [["content-type", "application/octet-stream"]], body });
          assert.equal(response.status, 200);
          assert.deepEqual(new Uint8Array(response.body), body);
        }),
        { numRuns: 50 },
      );
    });

    test("keeps the query and joins repeated cookies as cookies are", async () => {
      const body = Buffer.from("{}");
      const response = await post({
        target: "/predict?a=%20&a=2&%E2%82%AC",
        headers: [
          ["content-type", "application/json"],
          ["cookie", "a=1"],
          ["cookie", "b=2"],
        ],
        body,
      });
      assert.deepEqual(json(response), { query: "a=%20&a=2&%E2%82%AC", cookie: "a=1; b=2" });
    });

    test("malformed JSON is our problem, and so is a path that cannot be decoded", async () => {
      const malformed = await post({ headers: [["content-type", "application/json"]], body: Buffer.from("{") });
      assert.deepEqual([malformed.status, json(malformed).code], [400, "invalid-json"]);
      const undecodable = await post({ target: "/%E0%A4%A/nowhere" });
      assert.deepEqual([undecodable.status, json(undecodable).code], [404, "not-found"]);
    });
  });
}

test("nothing but the framework's application is replaced", async () => {
  const { createServer } = await import("node:http");
  process.env.FUNCTION_TARGET = "echo-other";
  const { cloudFunctions } = await import("../src/index.ts");
  cloudFunctions(echo, { name: "echo-other" });
  const server = createServer((_request, response) => void response.end('{"mine":true}'));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  assert.deepEqual(json(await postJson(`http://127.0.0.1:${port}`, "/", {})), { mine: true });
  delete process.env.FUNCTION_TARGET;
  await new Promise((resolve) => server.close(resolve));
});
