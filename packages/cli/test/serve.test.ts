import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CLI, REPOSITORY, startServer, untilReady } from "../../../test/e2e/support/server-process.ts";
import { json, postJson, send } from "../../../test/e2e/support/wire-client.ts";

const IRIS = "handlers/iris/iris.onnx";

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

  test("a model file with an example, which decides whether it is ready", async (t) => {
    const root = mkdtempSync(join(tmpdir(), "example-"));
    t.after(() => rmSync(root, { recursive: true }));
    const example = (name: string, text: string): string => {
      writeFileSync(join(root, name), text);
      return join(root, name);
    };
    const right = example("right.json", '{"features": [[5.1, 3.5, 1.4, 0.2]]}');
    const served = await startServer([CLI, "serve", IRIS, "--example", right, "--port", "0"]);
    await untilReady(served.origin);
    const { paths } = json(await send(served.origin, { target: "/openapi.json" }));
    assert.match(JSON.stringify(paths), /"example0":\{"value":\{"features":\[\[5\.1,3\.5,1\.4,0\.2\]\]/);
    assert.equal(await served.stop(), 0);
    const wrong = await startServer([CLI, "serve", IRIS, "--example", example("wrong.json", "[[1]]"), "--port", "0"]);
    const refused = json(await postJson(wrong.origin, "/predict", { features: [[5.1, 3.5, 1.4, 0.2]] }));
    assert.equal(refused.code, "warmup-failed");
    assert.equal(await wrong.stop(), 0);
    for (const [what, file, why] of [
      [IRIS, join(root, "none.json"), /--example .*none\.json cannot be read: ENOENT/],
      [IRIS, example("text.json", "text"), /--example .*text\.json cannot be read: .*not valid JSON/],
      [root, right, /--example is for one model file, and .* is not one; write lines .*NAME\.golden\.jsonl/],
      ["handlers/iris", right, /--example is for one model file/],
    ] as const) {
      await assert.rejects(startServer([CLI, "serve", what, "--example", file]), why);
    }
  });

  test("a single file by its own name, percent-encoded in paths", async (t) => {
    const root = mkdtempSync(join(tmpdir(), "models-"));
    t.after(() => rmSync(root, { recursive: true }));
    for (const name of ["my modèle_1", "a@b"])
      cpSync(join(REPOSITORY, "handlers/iris/iris.onnx"), join(root, `${name}.onnx`));
    const served = await startServer([CLI, "serve", join(root, "my modèle_1.onnx"), "--port", "0"]);
    assert.equal(json(await send(served.origin, { target: "/metadata" })).name, "my modèle_1");
    const path = `/v2/models/${encodeURIComponent("my modèle_1")}`;
    assert.equal(json(await send(served.origin, { target: path })).name, "my modèle_1");
    assert.equal(await served.stop(), 0);
    await assert.rejects(startServer([CLI, "serve", join(root, "a@b.onnx")]), /not a model's name: it contains "@"/);
  });

  test("anything else is refused by name", async () => {
    await assert.rejects(startServer([CLI, "serve", "no-such-thing"]), /no-such-thing does not exist/);
    await assert.rejects(startServer([CLI, "serve", "handlers/iris/MODEL.md"]), /ended with 1/);
  });
});
