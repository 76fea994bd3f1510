import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CLI, REPOSITORY, type ServerProcess, startServer, untilReady } from "./support/server-process.ts";
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

describe("tricast serve", () => {
  test("a predictor's folder", async () => {
    const served = await startServer([CLI, "serve", "handlers/iris", "--port", "0"]);
    assert.equal((await postJson(served.origin, "/predict", { features: [5.1, 3.5, 1.4, 0.2] })).status, 200);
    assert.equal(await served.stop(), 0);
  });

  test("a model file, with no code", async () => {
    const served = await startServer([CLI, "serve", "handlers/iris/iris.onnx", "--port", "0", "--host", "127.0.0.1"]);
    const answer = await postJson(served.origin, "/predict", { features: [[5.1, 3.5, 1.4, 0.2]] });
    assert.deepEqual(json(answer).label, ["setosa"]);
    assert.equal(json(await send(served.origin, { target: "/metadata" })).name, "iris");
    assert.equal(await served.stop(), 0);
  });

  test("a folder of models, by the names of their files", async (t) => {
    const root = mkdtempSync(join(tmpdir(), "models-"));
    t.after(() => rmSync(root, { recursive: true }));
    mkdirSync(join(root, "Flowers", "2"), { recursive: true });
    cpSync(join(REPOSITORY, "handlers/iris/iris.onnx"), join(root, "Flowers", "2", "model.onnx"));
    cpSync(join(REPOSITORY, "handlers/iris/iris.onnx"), join(root, "iris_2.onnx"));
    const served = await startServer([CLI, "serve", root, "--port", "0"]);
    await untilReady(served.origin);
    for (const name of ["Flowers", "iris_2"]) {
      const answer = await postJson(served.origin, `/${name}/predict`, { features: [[5.1, 3.5, 1.4, 0.2]] });
      assert.deepEqual(json(answer).label, ["setosa"]);
    }
    assert.equal(await served.stop(), 0);
  });

  test("what is nothing of these is named", async () => {
    await assert.rejects(startServer([CLI, "serve", "no-such-thing"]), /no-such-thing does not exist/);
    await assert.rejects(startServer([CLI, "serve", "handlers/iris/MODEL.md"]), /ended with 1/);
  });
});
