import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ServerProcess, startServer } from "./support/server-process.ts";
import { json, postJson, send } from "./support/wire-client.ts";

for (const name of ["iris", "digits", "language"]) {
  describe(`handlers/${name}/server.ts`, () => {
    let served: ServerProcess;
    before(async () => {
      served = await startServer([`handlers/${name}/server.ts`]);
    });
    after(async () => {
      assert.equal(await served.stop(), 0);
    });

    test("answers its examples, at / and below its name too", async () => {
      const { default: predictor } = await import(`../../handlers/${name}/predict.ts`);
      for (const target of ["/predict", "/", `/${name}/predict`]) {
        const answer = await postJson(served.origin, target, { instances: predictor.definition.examples });
        assert.equal(answer.status, 200, Buffer.from(answer.body).toString());
        assert.equal((json(answer).predictions as unknown[]).length, predictor.definition.examples.length);
      }
    });

    test("is ready, alive, and known to every protocol", async () => {
      for (const target of ["/ready", "/live", "/health", "/ping", `/v2/models/${name}/ready`, `/v1/models/${name}`]) {
        assert.equal((await send(served.origin, { target })).status, 200, target);
      }
      const index = await postJson(served.origin, "/v2/repository/index", {});
      assert.match(Buffer.from(index.body).toString(), new RegExp(`"name":"${name}".*"state":"READY"`));
    });
  });
}
