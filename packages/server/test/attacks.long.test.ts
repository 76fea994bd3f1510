import assert from "node:assert/strict";
import { after, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { FEATURES, headOf, LARGE, MB, send, times, WITH_KEY } from "./support/attack-requests.ts";
import { Attacked } from "./support/attacked.ts";

// Others, which take less, in attacks.test.ts.
describe("a server of 512 MB under attack", () => {
  let server: Attacked;
  beforeEach(async () => {
    if (server?.hasEnded !== false) server = await Attacked.start();
  });
  after(() => server.end());

  const preflight = ["origin: https://a.example", "access-control-request-method: POST"];

  it("survives 60 OPTIONS with a body of 33 MB", () =>
    server.survives(async () => {
      const head = headOf("OPTIONS", "/predict", ...preflight, `content-length: ${LARGE.length}`);
      const answers = await times(60, () => send(server.port, head, [LARGE]));
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204]));
    }));

  it("survives a body of 2 MB in pieces of one byte", () =>
    server.survives(async () => {
      const head = headOf("POST", "/predict", "x-api-key: k", "transfer-encoding: chunked");
      const pieces = Buffer.alloc(6 * 2 * MB, Buffer.from("1\r\n \r\n"));
      assert.equal((await send(server.port, head, [pieces, Buffer.from("0\r\n\r\n")])).status, 400);
    }));

  it("survives a list of bad elements of 4 MB, compressed and not", () =>
    server.survives(async () => {
      for (const [body, encoding] of [
        [gzipSync(FEATURES), "gzip"],
        [FEATURES, "identity"],
      ] as const) {
        const answers = await times(4, () =>
          fetch(`http://127.0.0.1:${server.port}/predict`, {
            method: "POST",
            body,
            headers: { ...WITH_KEY, "content-type": "application/json", "content-encoding": encoding },
          }).then(async (response) => [
            response.status,
            ((await response.json()) as { errors: unknown[] }).errors.length,
          ]),
        );
        assert.deepEqual(answers, Array(4).fill([422, 100]));
      }
    }));
});
