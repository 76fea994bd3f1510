import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { resolve } from "@tricast/store";
import { listModels, listVersions, promote, readAliases, verify } from "@tricast/store/publishing";
import { externalTensor, floatValue, model, tinyModel } from "../../../onnx/test/graph/support/proto-writer.ts";
import { memoryStore } from "../support/memory-store.ts";
import { push } from "../support/push-onnx.ts";
import { scratchFolder, writeFile } from "../support/scratch.ts";

const scratch = scratchFolder();

function tiny(comment: string): string {
  return writeFile(scratch, `${comment}/model.onnx`, tinyModel(comment));
}

/** A folder with a model whose weights lie in two other files. */
function withWeights(name: string, weights: string): string {
  const folder = join(scratch, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const content = model(
    externalTensor(5, "a", { location: "weights/a.bin", length: String(weights.length) }),
    externalTensor(5, "b", { location: "./b.bin" }),
    floatValue(11, "x", 1),
    floatValue(12, "y", 1),
  );
  writeFile(folder, "net.onnx", content);
  writeFile(folder, "weights/a.bin", weights);
  writeFile(folder, "b.bin", "b");
  writeFile(folder, "README.txt", "not part of the model");
  writeFile(folder, ".hidden", "secret");
  return folder;
}

describe("push", () => {
  it("writes the manifest after every file, and latest after that", async () => {
    const store = memoryStore();
    await push(store, "iris", join(withWeights("order", "aaaa"), "net.onnx"));
    assert.deepEqual(store.changes, [
      "write iris/v1/b.bin",
      "write iris/v1/net.onnx",
      "write iris/v1/weights/a.bin",
      "write iris/v1/model.json",
      "write iris/aliases.json",
    ]);
  });

  it("describes the model, its files and what it was told", async () => {
    const store = memoryStore();
    const { manifest, created } = await push(store, "iris", tiny("described"), {
      metrics: { accuracy: 0.97 },
      labels: { team: "ml" },
      source: { commit: "abc" },
      metadata: { note: [1] },
    });
    const { files, created: at, ...rest } = manifest;
    assert.ok(created && Math.abs(Date.parse(at) - Date.now()) < 60_000);
    assert.deepEqual(
      files.map(({ path, role }) => [path, role]),
      [["model.onnx", "model"]],
    );
    assert.deepEqual(rest, {
      $schema: "https://unpkg.com/@tricast/store/schema/model.json",
      format: 1,
      name: "iris",
      version: "v1",
      entry: "model.onnx",
      framework: { name: "onnx", opset: { "ai.onnx": 17 }, irVersion: 8, producer: "by hand 1.0" },
      inputs: [{ name: "x", datatype: "FP32", shape: ["batch", 4] }],
      outputs: [{ name: "y", datatype: "FP32", shape: ["batch", 4] }],
      metrics: { accuracy: 0.97 },
      labels: { team: "ml" },
      source: { commit: "abc" },
      metadata: { note: [1] },
    });
    assert.deepEqual((await resolve(store, "iris@v1")).manifest, manifest);
  });

  it("takes the weights of a file with it, and all of a folder but what is hidden", async () => {
    const store = memoryStore();
    const folder = withWeights("weights", "aaaa");
    const file = await push(store, "one", join(folder, "net.onnx"));
    assert.deepEqual(
      file.manifest.files.map(({ path, role }) => [path, role]),
      [
        ["b.bin", "data"],
        ["net.onnx", "model"],
        ["weights/a.bin", "data"],
      ],
    );
    const all = await push(store, "all", folder);
    assert.deepEqual(
      all.manifest.files.map(({ path, role }) => [path, role]),
      [
        ["README.txt", undefined],
        ["b.bin", "data"],
        ["net.onnx", "model"],
        ["weights/a.bin", "data"],
      ],
    );
    assert.equal(all.manifest.entry, "net.onnx");
  });

  it("keeps optimised forms as it was told", async () => {
    const folder = withWeights("variants", "aaaa");
    writeFile(folder, "net.x64.ort", "fast");
    const variant = { files: ["net.x64.ort"], target: { arch: "x64", threads: 1 }, runtime: "onnxruntime 1.30.0" };
    const { manifest } = await push(memoryStore(), "iris", folder, { variants: [variant] });
    assert.deepEqual(manifest.variants, [variant]);
    assert.equal(manifest.files.find(({ path }) => path === "net.x64.ort")?.role, "optimized");
    const wrong = push(memoryStore(), "iris", folder, { variants: [{ ...variant, files: ["other.ort"] }] });
    await assert.rejects(wrong, { code: "model-invalid", message: /other\.ort/ });
  });

  const ORT = Buffer.concat([Buffer.from([36, 0, 0, 0]), Buffer.from("ORTM"), Buffer.alloc(64)]);
  const NO_OUTPUT = model(floatValue(11, "x", 1));

  it("takes models by their content: ORT format under its ending, ONNX under any other", async () => {
    const ort = await push(memoryStore(), "fast", writeFile(scratch, "model.ort", ORT));
    assert.deepEqual([ort.manifest.entry, ort.manifest.framework], ["model.ort", undefined]);
    for (const name of ["model.onnx", "model.pb", "model"]) {
      const { manifest } = await push(memoryStore(), "tiny", writeFile(scratch, name, tinyModel()));
      assert.deepEqual([manifest.entry, manifest.framework?.name, manifest.inputs?.length], [name, "onnx", 1]);
    }
  });

  const KINDS: readonly (readonly [name: string, content: string | Uint8Array, message: RegExp])[] = [
    ["m.pkl", "18 bytes of a text", /m\.pkl is not a model of a known kind .* begins with "18 bytes"; .*anyKind/],
    ["m.onnx", "18 bytes of a text", /m\.onnx is not an ONNX model/],
    ["m.ort", "18 bytes of a text", /m\.ort is not a model in ORT format/],
    ["m", "", /not a model of a known kind/],
    ["m.onnx", "", /not an ONNX model/],
    ["m.pt", Buffer.from("PK\u0003\u0004\u0000\u0000\u0000\u0000archive"), /not a model of a known kind/],
    ["m.joblib", Buffer.from([0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0]), /not a model of a known kind/],
    ["m.json", "{}", /not a model of a known kind/],
    ["m.onnx", tinyModel().subarray(0, -20), /not an ONNX model, or is cut off/],
    ["m.onnx", ORT, /ORT format; rename it to end in \.ort/],
    ["m.bin", ORT, /ORT format; rename it to end in \.ort/],
    ["m.ort", tinyModel(), /ONNX model; rename it to end in \.onnx/],
    ["m.onnx", NO_OUTPUT, /without outputs/],
    ["m.onnx", Buffer.from([8, 8, 0x3a, 0]), /without outputs/],
  ];
  for (const [index, [name, content, message]] of KINDS.entries()) {
    it(`refuses ${name} with ${content.length} bytes of another kind, unless any kind is wanted`, async () => {
      const path = writeFile(scratch, `kinds/${index}/${name}`, content);
      const store = memoryStore();
      await assert.rejects(push(store, "iris", path), { code: "model-invalid", message });
      assert.deepEqual(store.changes, []);
      const { manifest } = await push(store, "iris", path, { anyKind: true });
      assert.equal(manifest.entry, name);
    });
  }

  it("never reads a device or a pipe", async () => {
    const folder = join(scratch, "devices");
    writeFile(folder, "model.onnx", tinyModel());
    execFileSync("mkfifo", [join(folder, "pipe.bin")]);
    for (const path of ["/dev/zero", "/dev/null", join(folder, "pipe.bin"), folder]) {
      const message = /cannot be pushed: it is a device, a pipe or a socket/;
      await assert.rejects(push(memoryStore(), "iris", path), { code: "invalid-option", message }, path);
      await assert.rejects(push(memoryStore(), "iris", path, { anyKind: true }), { code: "invalid-option" }, path);
    }
  });

  it("takes any name that a server serves", async () => {
    for (const name of ["silero_vad", "my model", "modèle", "a+b", "Iris", "模型"]) {
      const store = memoryStore();
      await push(store, name.normalize("NFD"), tiny("named"));
      await promote(store, name, "prod", "v1");
      const { manifest } = await resolve(store, `${name}@prod`);
      assert.equal(manifest.name, name);
      assert.deepEqual([...store.objects.keys()].sort(), [
        `${name}/aliases.json`,
        `${name}/v1/model.json`,
        `${name}/v1/model.onnx`,
      ]);
      assert.deepEqual(
        (await listModels(store)).map((one) => one.name),
        [name],
      );
    }
  });

  it("counts versions up, past the largest and past unfinished ones", async () => {
    const store = memoryStore();
    const versions: string[] = [];
    for (const comment of ["a", "b"]) versions.push((await push(store, "iris", tiny(comment))).manifest.version);
    store.put("iris/v9/model.onnx", "left by a push that was killed");
    versions.push((await push(store, "iris", tiny("c"))).manifest.version);
    assert.deepEqual(versions, ["v1", "v2", "v10"]);
    assert.equal((await resolve(store, "iris")).version, "v10");
    assert.deepEqual(
      (await listVersions(store, "iris")).map(({ version }) => version),
      ["v10", "v2", "v1"],
    );
  });

  it("changes nothing when the same is pushed again under the same version", async () => {
    const store = memoryStore();
    const first = await push(store, "iris", tiny("same"), { version: "v3" });
    const changes = store.changes.length;
    const second = await push(store, "iris", tiny("same"), { version: "v3" });
    assert.deepEqual([first.created, second.created, store.changes.length], [true, false, changes]);
    assert.deepEqual(second.manifest, first.manifest);
  });

  it("refuses other content under a version that exists, and leaves it as it is", async () => {
    const store = memoryStore();
    await push(store, "iris", tiny("first"), { version: "v3" });
    const changes = store.changes.length;
    await assert.rejects(push(store, "iris", tiny("second"), { version: "v3" }), {
      code: "store-conflict",
      message: /versions never change/,
    });
    await assert.rejects(push(store, "iris", tiny("first"), { version: "v3", labels: { a: "b" } }), {
      code: "store-conflict",
    });
    assert.equal(store.changes.length, changes);
  });

  it("goes on where a killed push of the same content stopped", async () => {
    const store = memoryStore();
    store.put("iris/v3/model.onnx", tinyModel("resumed"));
    assert.ok((await push(store, "iris", tiny("resumed"), { version: "v3" })).created);
    assert.deepEqual(store.changes.slice(1), ["write iris/v3/model.json", "write iris/aliases.json"]);
  });

  it("refuses leftovers of other content until told to replace them", async () => {
    const store = memoryStore();
    store.put("iris/v3/model.onnx", "other");
    store.put("iris/v3/more.bin", "other");
    const again = (replaceUnfinished: boolean) =>
      push(store, "iris", tiny("mine"), { version: "v3", replaceUnfinished });
    await assert.rejects(again(false), { code: "store-conflict", message: /--replace-unfinished/ });
    assert.equal(String(store.objects.get("iris/v3/model.onnx")?.bytes), "other");
    await again(true);
    assert.deepEqual((await verify(store, "iris@v3")).files, [{ path: "model.onnx", problem: undefined }]);
    assert.ok(!store.objects.has("iris/v3/more.bin"));
  });

  it("moves latest forward, unless it stands at a greater number or is told not to", async () => {
    const store = memoryStore();
    const latest = async () => (await readAliases(store, "iris")).aliases.aliases.latest?.target;
    await push(store, "iris", tiny("a"), { version: "v5" });
    await push(store, "iris", tiny("b"), { version: "v4" });
    assert.equal(await latest(), "v5");
    await push(store, "iris", tiny("c"), { version: "v6", latest: false });
    assert.equal(await latest(), "v5");
    await push(store, "iris", tiny("d"), { version: "candidate", by: "ann" });
    assert.equal(await latest(), "candidate");
  });

  it("refuses a file that is written to while it is pushed, and takes it back", async () => {
    const store = memoryStore();
    const path = tiny("moving");
    const onUpload = () => appendFileSync(path, "more");
    await assert.rejects(push(store, "iris", path, { onUpload }), {
      code: "model-invalid",
      message: /was changed during/,
    });
    assert.equal(store.objects.size, 0);
  });

  const refused: readonly (readonly [
    what: string,
    path: () => string,
    options: object,
    code: string,
    message: RegExp,
  ])[] = [
    ["a path that is not there", () => join(scratch, "nothing"), {}, "model-not-found", /ENOENT/],
    [
      "ONNX that cannot be read",
      () => writeFile(scratch, "bad.onnx", "hello"),
      {},
      "model-invalid",
      /is not an ONNX model/,
    ],
    [
      "a folder with nothing to load",
      () => withRemoved("net.onnx"),
      {},
      "invalid-option",
      /no \.onnx file, only README.txt/,
    ],
    [
      "an entry that is not in the folder",
      () => withWeights("entry", "aaaa"),
      { entry: "x.onnx" },
      "model-not-found",
      /x\.onnx/,
    ],
    ["weights that are missing", () => withRemoved("b.bin"), {}, "model-not-found", /b\.bin .* keeps weights in it/],
    ["a version that is an alias", () => tiny("alias"), { version: "latest" }, "invalid-option", /is an alias/],
    ["a version that is no name", () => tiny("name"), { version: "../x" }, "invalid-option", /is not a version/],
    [
      "a metric that is no number",
      () => tiny("metric"),
      { metrics: { a: Number.NaN } },
      "model-invalid",
      /\/metrics\/a/,
    ],
    ["weights out of the folder", () => pointingAt("../w.bin"), {}, "model-invalid", /own folder/],
    ["weights that are too short", () => pointingAt("w.bin"), {}, "model-invalid", /has 3 bytes, but .* refers to 4/],
  ];
  for (const [what, path, options, code, message] of refused) {
    it(`refuses ${what} before anything is written`, async () => {
      const store = memoryStore();
      await assert.rejects(push(store, "iris", path(), options), { code, message });
      assert.deepEqual(store.changes, []);
    });
  }

  it("refuses a version with the name of an alias", async () => {
    const store = memoryStore();
    await push(store, "iris", tiny("x"));
    await promote(store, "iris", "prod", "v1");
    await assert.rejects(push(store, "iris", tiny("y"), { version: "prod" }), { code: "invalid-option" });
  });
});

function withRemoved(path: string): string {
  const folder = withWeights("removed", "aaaa");
  rmSync(join(folder, path));
  return folder;
}

function pointingAt(location: string): string {
  const folder = join(scratch, "pointing");
  writeFile(folder, "w.bin", "abc");
  return writeFile(
    folder,
    "net.onnx",
    model(externalTensor(5, "w", { location, length: "4" }), floatValue(12, "y", 1)),
  );
}

describe("listModels", () => {
  it("sees models with a finished version only, and nothing of other people's", async () => {
    const store = memoryStore();
    await push(store, "iris", tiny("a"));
    await push(store, "digits", tiny("b"));
    store.put("half/v1/model.onnx", "unfinished");
    store.put("README.md", "hello");
    store.put("not@a model/v1/model.json", "{}");
    store.put("iris/notes.txt", "hello");
    const models = await listModels(store);
    assert.deepEqual(
      models.map(({ name, versions }) => [name, versions]),
      [
        ["digits", ["v1"]],
        ["iris", ["v1"]],
      ],
    );
    assert.equal(models[1]?.aliases.latest?.target, "v1");
    assert.ok((models[1]?.bytes ?? 0) > tinyModel("a").length);
  });
});
