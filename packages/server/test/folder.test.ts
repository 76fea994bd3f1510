import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import { createFolderServer } from "@tricast/server";
import { type GraphSpec, writeOnnx } from "../../onnx/test/support/onnx-writer.ts";
import { FolderHost } from "../src/hosts/folder/folder-host.ts";
import { refuseTooLarge } from "../src/hosts/folder/memory.ts";
import { modelPath } from "../src/hosts/folder/model-path.ts";
import { compareVersions, scanFolder } from "../src/hosts/folder/scan-folder.ts";
import { get, post, until } from "./support/calls.ts";
import { listen } from "./support/start.ts";

const IRIS = fileURLToPath(new URL("../../../handlers/iris/iris.onnx", import.meta.url));
const ROW = { features: [[5.1, 3.5, 1.4, 0.2]] };

/** Refuses every input but 42. */
const PARTICULAR: GraphSpec = {
  nodes: [
    { op: "Sub", inputs: ["x", "answer"], outputs: ["index"] },
    { op: "Gather", inputs: ["table", "index"], outputs: ["y"] },
  ],
  inputs: [{ name: "x", type: "int64", shape: ["N"] }],
  outputs: [{ name: "y", type: "float32", shape: ["N"] }],
  initializers: [
    { name: "answer", dims: [1], type: "int64", data: [42] },
    { name: "table", dims: [1], type: "float32", data: [7] },
  ],
};

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "models-")));
});

function lay(...path: readonly string[]): void {
  const file = join(root, ...path);
  mkdirSync(join(file, ".."), { recursive: true });
  cpSync(IRIS, file);
}

const open = ({ version, path }: { version: string; path: string }, bodyBytes: number) =>
  definePredictor({ name: "any", version, model: onnx(path), limits: { bodyBytes } });

async function startFolder(t: TestContext) {
  const started = await listen(
    t,
    createFolderServer({ root, open }, { host: "127.0.0.1", port: 0, modelControl: "on" }),
  );
  t.after(() => rmSync(root, { recursive: true }));
  return started;
}

const isReady = async (origin: string): Promise<boolean> => (await get(origin, "/ready")).status === 200;

describe("a folder of models", () => {
  test("files, folders and folders of versions are models; nothing else is", async () => {
    lay("plain.onnx");
    lay("single", "model.onnx");
    lay("many", "v2", "m.onnx");
    lay("many", "v10", "m.onnx");
    lay("many", "v1", "m.onnx");
    lay(".hidden", "m.onnx");
    writeFileSync(join(root, "README.md"), "text");
    writeFileSync(join(root, "many", "aliases.json"), "{}");
    mkdirSync(join(root, "empty"));
    symlinkSync(join(root, "single"), join(root, "linked"));
    const { models: found } = await scanFolder(root);
    assert.deepEqual(
      found.map(({ name, version }) => `${name} ${version}`),
      ["linked 1", "many v1", "many v2", "many v10", "plain 1", "single 1"],
    );
    assert.ok(found.every(({ bytes }) => bytes > 0));
  });

  test("versions are compared by their numbers", () => {
    assert.deepEqual(["10", "9", "1.10.0", "1.9.0", "v2"].sort(compareVersions), ["1.9.0", "1.10.0", "9", "10", "v2"]);
  });

  test("every model and version is served; without a version, the newest", async (t) => {
    lay("a.onnx");
    lay("b", "1", "model.onnx");
    lay("b", "2", "model.onnx");
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    const index = await post(origin, "/v2/repository/index", {});
    assert.deepEqual(
      (index.body as unknown as { name: string; version: string; state: string }[]).map(
        ({ name, version, state }) => `${name} ${version} ${state}`,
      ),
      ["a 1 READY", "b 1 READY", "b 2 READY"],
    );
    const input = { name: "features", shape: [1, 4], datatype: "FP32", data: ROW.features[0] };
    const newest = await post(origin, "/v2/models/b/infer", { inputs: [input] });
    assert.deepEqual([newest.status, newest.body.model_version], [200, "2"]);
    const oldest = await post(origin, "/v2/models/b/versions/1/infer", { inputs: [input] });
    assert.deepEqual([oldest.status, oldest.body.model_version], [200, "1"]);
    assert.equal((await post(origin, "/v2/models/b/versions/3/infer", { inputs: [input] })).status, 404);
    assert.equal((await post(origin, "/a/predict", ROW)).status, 200);
  });

  test("models come and go by name while it runs", async (t) => {
    lay("a.onnx");
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    assert.equal((await post(origin, "/v2/repository/models/later/load", {})).status, 404);
    lay("later.onnx");
    assert.equal((await post(origin, "/later/predict", ROW)).status, 404);
    assert.equal((await post(origin, "/v2/repository/models/later/load", {})).status, 200);
    assert.equal((await post(origin, "/later/predict", ROW)).status, 200);
    assert.equal((await post(origin, "/v2/repository/models/later/unload", {})).status, 200);
    assert.equal((await post(origin, "/later/predict", ROW)).status, 404);
    assert.equal((await post(origin, "/v2/repository/models/later/unload", {})).status, 404);
    assert.equal((await post(origin, "/a/predict", ROW)).status, 200);
  });

  test("a model that does not load leaves the one before it in place", async (t) => {
    lay("a.onnx");
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    writeFileSync(join(root, "a.onnx"), "no model");
    assert.equal((await post(origin, "/v2/repository/models/a/load", {})).status, 503);
    assert.equal((await post(origin, "/a/predict", ROW)).status, 200);
    assert.ok(await isReady(origin));
  });

  test("requests go on while a model is loaded anew", async (t) => {
    lay("a.onnx");
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    let reloading = true;
    const callers = Array.from({ length: 4 }, async () => {
      let calls = 0;
      while (reloading || calls < 5) {
        assert.equal((await post(origin, "/a/predict", ROW)).status, 200);
        calls++;
      }
    });
    for (let round = 0; round < 5; round++)
      assert.equal((await post(origin, "/v2/repository/models/a/load", {})).status, 200);
    reloading = false;
    await Promise.all(callers);
  });

  test("a request that has found a model just before it is replaced is answered by it", async (t) => {
    lay("a.onnx");
    t.after(() => rmSync(root, { recursive: true }));
    const host = new FolderHost({ root, open: (model) => open(model, 1_000), loadAll: true });
    await host.start(() => {});
    const { service } = host.find("a");
    await host.load("a");
    assert.notEqual(host.find("a").service, service);
    const request = { method: "POST", path: "/predict", query: "", headers: {}, body: JSON.stringify(ROW) };
    const { status } = await service.handle(request, { id: "1", platform: "server", native: undefined });
    assert.equal(status, 200);
    await until("it is closed", () => service.state === "closed");
    await host.close();
  });

  test("a broken model keeps the server from being ready, and the others answer", async (t) => {
    lay("good.onnx");
    writeFileSync(join(root, "bad.onnx"), "no model");
    const { origin } = await startFolder(t);
    await until("good", async () => (await post(origin, "/good/predict", ROW)).status === 200);
    assert.equal(await isReady(origin), false);
    // Each look at readiness may begin another attempt, during which it is loading.
    await until("it failed", async () => JSON.parse((await get(origin, "/ready")).text).models.bad === "failed");
    await until("it is told why", async () => {
      const [bad] = (await post(origin, "/v2/repository/index", {})).body as unknown as { reason: string }[];
      return bad?.reason === "model-invalid";
    });
  });

  test("a model that no generated input fits does not keep the server from being ready", async (t) => {
    lay("good.onnx");
    writeFileSync(join(root, "particular.onnx"), writeOnnx(PARTICULAR));
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    const answer = await post(origin, "/particular/predict", { x: [42] });
    assert.deepEqual([answer.status, answer.body], [200, { y: [7] }]);
  });

  test("examples beside a model decide whether it is ready", async (t) => {
    const golden = join(root, "particular.golden.jsonl");
    writeFileSync(join(root, "particular.onnx"), writeOnnx(PARTICULAR));
    writeFileSync(golden, '{"input": {"x": [0]}, "source": "a mistake"}');
    const { origin } = await startFolder(t);
    await until("it failed", async () => JSON.parse((await get(origin, "/ready")).text).models.particular === "failed");
    writeFileSync(golden, '{"input": {"x": [42]}, "source": "by hand"}');
    await until("ready", () => isReady(origin));
  });

  test("no name in a request reaches the file system", async (t) => {
    lay("a.onnx");
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    for (const name of ["..%2f..%2fetc", "a.onnx", ".", "%2e%2e", "a%00"]) {
      const refused = await fetch(`${origin}/v2/repository/models/${name}/load`, { method: "POST" });
      assert.equal(refused.status, 404, name);
    }
  });

  test("a folder that is none is refused at once", () => {
    assert.throws(() => createFolderServer({ root: join(root, "missing"), open }), { code: "invalid-option" });
  });
});

describe("models that the platform puts into place", () => {
  before(() => {
    process.env.SAGEMAKER_MULTI_MODEL = "true";
  });
  after(() => {
    delete process.env.SAGEMAKER_MULTI_MODEL;
  });

  test("none is loaded until it is asked for; a second of one name is a conflict", async (t) => {
    lay("hash1", "model", "model.onnx");
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    assert.deepEqual(JSON.parse((await get(origin, "/models")).text).models, []);
    const body = { model_name: "mine", url: join(root, "hash1", "model") };
    assert.equal((await post(origin, "/models", body)).status, 200);
    assert.deepEqual([(await post(origin, "/models", body)).status], [409]);
    assert.equal((await post(origin, "/models/mine/invoke", ROW)).status, 200);
    assert.equal((await fetch(`${origin}/models/mine`, { method: "DELETE" })).status, 200);
    assert.equal((await get(origin, "/models/mine")).status, 404);
  });

  test("a path outside of the root is refused, written out or by a link", async () => {
    lay("hash1", "model", "model.onnx");
    symlinkSync("/etc", join(root, "link"));
    assert.equal(await modelPath(root, `${root}/hash1/model`), join(root, "hash1", "model"));
    for (const path of [
      "/etc/passwd",
      `${root}/../x`,
      `${root}/hash1/../../x`,
      `${root}/hash1/model/deeper`,
      `${root}-else/x`,
      root,
      `${root}/`,
      `${root}/.`,
      `${root}/link`,
      `${root}/a\0b`,
      "hash1",
    ])
      await assert.rejects(modelPath(root, path), { code: "invalid-input" }, path);
    await assert.rejects(modelPath(root, `${root}/nothing`), { code: "not-found" });
  });

  test("a model that would not fit into the memory that is left is refused before it is read", () => {
    const model = { name: "large", version: "1", path: "x", bytes: 500_000_000 };
    refuseTooLarge([model], () => 1_100_000_000);
    assert.throws(() => refuseTooLarge([model], () => 900_000_000), { code: "no-memory" });
    assert.throws(() => refuseTooLarge([model, model], () => 1_100_000_000), { code: "no-memory" });
  });
});
