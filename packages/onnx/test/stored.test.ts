import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { openStore } from "@tricast/store";
import { promote, push } from "@tricast/store/publishing";
import { build } from "esbuild";
import { startS3Server } from "../../../test/support/stores/s3-server.ts";
import { withEnv } from "../../../test/support/stores/with-env.ts";
import { captureLines } from "../../core/test/support/capture.ts";
import { loadBinding } from "../src/binding.ts";
import { onnx } from "../src/index.ts";
import type { OnnxModel } from "../src/model.ts";
import { loadContext } from "./support/context.ts";
import { scratchFolder, write } from "./support/models.ts";
import { identity, writeOnnx } from "./support/onnx-writer.ts";

const folder = scratchFolder();
const file = write(folder, "source/identity.onnx", identity("float32", ["n"]));

async function folderStore(name: string): Promise<string> {
  const root = join(folder, name);
  const store = await openStore(root);
  await push(store, "identity", file, { describe: readOnnxHeader });
  await push(store, "identity", file, { describe: readOnnxHeader, version: "v2" });
  await promote(store, "identity", "prod", { v1: 50, v2: 50 });
  return root;
}

const load = async (uri: string): Promise<{ source: ReturnType<typeof onnx>; model: OnnxModel }> => {
  const source = onnx(uri, { store: { cacheDir: null } });
  return { source, model: await source.load(loadContext()) };
};

test("a model with its weights in another file is loaded from a bucket, again from the cache", async () => {
  const source = join(folder, "external");
  mkdirSync(source);
  const size = 512;
  const whole = write(
    folder,
    "whole.onnx",
    writeOnnx({
      inputs: [{ name: "x", type: "float32", shape: [size] }],
      outputs: [{ name: "y", type: "float32", shape: [size] }],
      nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
      initializers: [
        { name: "w", type: "float32", dims: [size], data: Array.from({ length: size }, (_, index) => index) },
      ],
    }),
  );
  const session = new (loadBinding(loadContext().log).Session)();
  session.loadModel(whole, {
    logSeverityLevel: 4,
    optimizedModelFilePath: join(source, "model.onnx"),
    extra: { "session.optimized_model_external_initializers_file_name": "weights.bin" },
  } as never);
  session.dispose();
  const server = await startS3Server();
  try {
    await withEnv(server.env, async () => {
      await push(await openStore(server.uri, server.options), "external", source, { describe: readOnnxHeader });
      const store = { ...server.options, cacheDir: join(folder, "cache") };
      for (let time = 0; time < 2; time++) {
        const onBucket = onnx(`${server.uri}/external`, { store });
        const model = await onBucket.load(loadContext());
        assert.equal((await model.run({ x: new Float32Array(size) })).y?.data[511], 511);
        await onBucket.dispose?.(model);
      }
    });
  } finally {
    await server.close();
  }
});

test("the examples in a version are predicted before it serves, from a bucket too", async () => {
  const source = join(folder, "with-examples");
  write(source, "model.onnx", identity("float32", ["n"]));
  const server = await startS3Server();
  try {
    await withEnv(server.env, async () => {
      const store = await openStore(server.uri, server.options);
      for (const [version, input] of [
        ["right", '{"x": [1, 2]}'],
        ["wrong", '{"x": "text"}'],
      ] as const) {
        write(source, "model.golden.jsonl", `{"input": ${input}, "source": "by hand"}`);
        await push(store, "examples", source, { describe: readOnnxHeader, version });
        const options = { store: { ...server.options, cacheDir: join(folder, "cache-of-examples") } };
        const model = onnx(`${server.uri}/examples@${version}`, options);
        const service = createService(definePredictor({ name: "examples", model }));
        await captureLines(() => service.start());
        assert.equal(service.failureCode, version === "right" ? undefined : "warmup-failed");
        await service.close();
      }
    });
  } finally {
    await server.close();
  }
});

test("a version of a folder that is a store is loaded and says which it is", async () => {
  const { source, model } = await load(`${await folderStore("versions")}/identity@v2`);
  assert.deepEqual(
    source.served?.(model).versions.map(({ version }) => version),
    ["v2"],
  );
  assert.deepEqual((await model.run({ x: [1, 2] })).y?.toArray(), [1, 2]);
  await source.dispose?.(model);
  await assert.rejects(model.run({ x: [1] }), { code: "shutting-down" });
});

test("an alias that splits its traffic has every version loaded, and a key always gets the same", async () => {
  const { source, model } = await load(`${await folderStore("split")}/identity@prod`);
  const served = source.served?.(model);
  assert.equal(served?.versions.length, 2);
  const chosen = new Set(Array.from({ length: 50 }, (_, user) => served?.choose(`user ${user}`)));
  assert.deepEqual([...chosen].sort(), [0, 1]);
  assert.equal(served?.choose("user 1"), served?.choose("user 1"));
  await source.dispose?.(model);
});

test("only a model from a store is looked at again", async () => {
  const { source, model } = await load(`${await folderStore("recheck")}/identity@prod`);
  assert.equal(source.recheckMs, 60_000);
  assert.equal(await source.update?.(model, { ...loadContext(), refused: new Set() }), undefined);
  await source.dispose?.(model);
  const plain = onnx(file);
  const fromFile = (await plain.load(loadContext())) as OnnxModel;
  assert.equal(plain.recheckMs, undefined);
  assert.deepEqual(plain.served?.(fromFile).versions, [{ version: undefined, model: fromFile }]);
  fromFile.close();
});

test("a moved alias brings the other version, and a refused one is left alone", async () => {
  const root = await folderStore("moving");
  const { source, model } = await load(`${root}/identity@prod`);
  await promote(await openStore(root), "identity", "prod", "v2");
  const refused = await source.update?.(model, { ...loadContext(), refused: new Set(["v2"]) });
  assert.equal(refused, undefined);
  const newer = await source.update?.(model, { ...loadContext(), refused: new Set() });
  assert.deepEqual(newer && source.served?.(newer).versions.map(({ version }) => version), ["v2"]);
  await source.dispose?.(model);
  if (newer !== undefined) await source.dispose?.(newer);
});

test("the environment may name a version in a store for a model the code names by its file", async () => {
  process.env.TRICAST_MODEL_TEST = `${await folderStore("environment")}/identity@v1`;
  try {
    const { source, model } = await load("elsewhere.onnx");
    assert.equal(source.served?.(model).versions[0]?.version, "v1");
    await source.dispose?.(model);
  } finally {
    delete process.env.TRICAST_MODEL_TEST;
  }
});

test("a folder without the model is model-not-found, naming the places tried", async () => {
  await assert.rejects(async () => onnx("models/absent@prod").load(loadContext()), {
    code: "model-not-found",
    message: /models\/absent.*tricast models push/,
  });
});

test("without @tricast/store the error names the package to install", async () => {
  const outfile = join(folder, "alone", "main.cjs");
  await build({
    stdin: {
      contents: `
        import { onnx } from "./src/index.ts";
        const log = { debug() {}, info() {}, warn() {}, error() {} };
        onnx("s3://models/iris@prod").load({ predictor: "a", model: "model", platform: { name: "local" }, log })
          .catch(({ code, message }) => console.log(JSON.stringify({ code, message })));`,
      resolveDir: join(import.meta.dirname, ".."),
    },
    bundle: true,
    platform: "node",
    format: "cjs",
    conditions: ["@tricast/source"],
    external: ["onnxruntime-node", "@tricast/store"],
    logLevel: "error",
    outfile,
  });
  const { stdout } = spawnSync(process.execPath, [outfile], { encoding: "utf8", cwd: "/", timeout: 20_000 });
  const { code, message } = JSON.parse(stdout) as { code: string; message: string };
  assert.equal(code, "missing-dependency");
  assert.match(message, /npm install @tricast\/store/);
});

test("a cached file that does not load is compared with its digest and fetched again, by any process", async () => {
  const server = await startS3Server();
  try {
    await withEnv(server.env, async () => {
      await push(await openStore(server.uri, server.options), "identity", file, { describe: readOnnxHeader });
      const cacheDir = join(folder, "spoiled");
      const load = (source: ReturnType<typeof onnx>) => source.load(loadContext());
      const make = () => onnx(`${server.uri}/identity`, { store: { ...server.options, cacheDir } });
      const first = make();
      await first.dispose?.(await load(first));
      const names = readdirSync(cacheDir, { recursive: true, encoding: "utf8" });
      const path = join(cacheDir, names.find((name) => name.endsWith("identity.onnx")) as string);
      const replaceBytes = (bytes: Uint8Array) => {
        execFileSync("cp", ["-p", path, join(folder, "times")]);
        chmodSync(path, 0o600);
        writeFileSync(path, bytes);
        execFileSync("touch", ["-r", join(folder, "times"), path]);
      };
      const original = readFileSync(path);
      replaceBytes(Buffer.alloc(original.length, 7));
      const source = make();
      const model = await load(source);
      assert.deepEqual([...(await model.run({ x: new Float32Array([3]) })).y!.data], [3]);
      await source.dispose?.(model);
      // This one loads, but its warmup may fail: the same source then loads again.
      replaceBytes(readFileSync(write(folder, "other.onnx", identity("float32", ["m"]))));
      assert.notDeepEqual(readFileSync(path), original);
      await source.dispose?.(await load(source));
      assert.deepEqual(readFileSync(path), original);
    });
  } finally {
    await server.close();
  }
});
