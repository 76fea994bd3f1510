import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { TricastError } from "@tricast/core";
import { parseManifest, pull, verify } from "@tricast/store/publishing";
import { externalTensor, floatValue, model, tinyModel } from "../../../onnx/test/graph/support/proto-writer.ts";
import { memoryStore } from "../support/memory-store.ts";
import { push } from "../support/push-onnx.ts";
import { scratchFolder, writeFile } from "../support/scratch.ts";

const scratch = scratchFolder();
const store = memoryStore();
const WEIGHTS = Buffer.alloc(10_000, "weights");

before(async () => {
  const weights = externalTensor(5, "w", { location: "data/w.bin", length: "10000" });
  writeFile(scratch, "model/net.onnx", model(weights, floatValue(12, "y", 1)));
  writeFile(scratch, "model/data/w.bin", WEIGHTS);
  await push(store, "iris", join(scratch, "model"));
});

/** The same store with another file in it. */
function damaged(content: Uint8Array | undefined) {
  const copy = memoryStore();
  for (const { key, bytes } of store.objects.values()) copy.put(key, bytes);
  if (content === undefined) copy.remove("iris/v1/data/w.bin");
  else copy.put("iris/v1/data/w.bin", content);
  return copy;
}

const WRONG = Buffer.concat([WEIGHTS.subarray(1), Buffer.from("x")]);

describe("pull", () => {
  it("copies every file and the manifest, and leaves nothing else", async () => {
    const parent = join(scratch, "a", "b");
    const { folder, downloaded, manifest } = await pull(store, "iris@latest", join(parent, "iris"));
    assert.deepEqual([folder, downloaded], [join(parent, "iris"), true]);
    assert.deepEqual(readFileSync(join(folder, "data", "w.bin")), WEIGHTS);
    assert.deepEqual(parseManifest(readFileSync(join(folder, "model.json"), "utf8")), manifest);
    assert.deepEqual(readdirSync(parent), ["iris"]);
    assert.equal((await pull(store, "iris", folder)).downloaded, false);
  });

  it("can be pushed again as the same model", async () => {
    const { folder } = await pull(store, "iris", join(scratch, "again"));
    const { manifest } = await push(memoryStore(), "iris", folder);
    assert.deepEqual(manifest.files, (await verify(store, "iris")).manifest.files);
  });

  it("tells versions of the same files apart", async () => {
    const other = damaged(WEIGHTS);
    await push(other, "iris", join(scratch, "model"), { version: "v2" });
    const { folder } = await pull(other, "iris@v1", join(scratch, "twins"));
    await assert.rejects(pull(other, "iris@v2", folder), {
      code: "invalid-option",
      message: /other content than iris@v2/,
    });
  });

  it("refuses a folder that holds something else, until told to replace it", async () => {
    const folder = join(scratch, "occupied");
    writeFile(folder, "precious.txt", "mine");
    await assert.rejects(pull(store, "iris", folder), { code: "invalid-option", message: /--replace/ });
    assert.deepEqual(readdirSync(folder), ["precious.txt"]);
    await pull(store, "iris", folder, { replace: true });
    assert.deepEqual(readdirSync(folder).sort(), ["data", "model.json", "net.onnx"]);
  });

  for (const [what, content, code] of [
    ["of wrong bytes", WRONG, "digest-mismatch"],
    ["cut off", WEIGHTS.subarray(0, 99), "digest-mismatch"],
    ["missing", undefined, "store-not-found"],
  ] as const) {
    it(`leaves nothing when a file is ${what}`, async () => {
      const parent = join(scratch, `bad ${what}`);
      await assert.rejects(pull(damaged(content), "iris", join(parent, "iris")), { code });
      assert.deepEqual(readdirSync(parent), []);
    });
  }

  it("goes on where a connection broke", async () => {
    const ranges: unknown[] = [];
    const flaky: typeof store = {
      ...store,
      read: async (key, options) => {
        const result = await store.read(key, options);
        if (!key.endsWith("w.bin") || result === undefined) return result;
        ranges.push(options?.range);
        return { ...result, body: ranges.length < 3 ? breaking(result.body) : result.body };
      },
    };
    const { folder } = await pull(flaky, "iris", join(scratch, "flaky"));
    assert.deepEqual(readFileSync(join(folder, "data", "w.bin")), WEIGHTS);
    assert.deepEqual(ranges, [undefined, { start: 3000, end: 10_000 }, { start: 6000, end: 10_000 }]);
  });

  it("never mixes a file that is replaced while it is read", async () => {
    const copy = damaged(WEIGHTS);
    const flaky: typeof store = {
      ...copy,
      read: async (key, options) => {
        const result = await copy.read(key, options);
        if (!key.endsWith("w.bin") || result === undefined) return result;
        copy.put(key, WRONG);
        return { ...result, body: breaking(result.body) };
      },
    };
    await assert.rejects(pull(flaky, "iris", join(scratch, "replaced")), { code: "store-conflict" });
  });

  it("removes what killed pulls left, once it is a day old", async () => {
    const parent = join(scratch, "abandoned");
    const names = [".iris.partial-0123456789ab", ".iris.partial-ba9876543210", ".iris.partial-notes"];
    for (const name of names) mkdirSync(join(parent, name), { recursive: true });
    const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
    for (const name of [names[0], names[2]]) utimesSync(join(parent, name as string), old, old);
    await pull(store, "iris", join(parent, "iris"));
    assert.deepEqual(readdirSync(parent).sort(), [...names.slice(1), "iris"]);
  });
});

describe("pulls into one folder at the same time", () => {
  const reference = "iris@v1";

  for (const [what, lay, replace] of [
    ["that does not exist", () => {}, false],
    ["that is empty", (target: string) => mkdirSync(target), false],
    ["with other content, which they replace", (target: string) => writeFile(target, "other", "x"), true],
  ] as const) {
    it(`all succeed for a folder ${what}, and leave nothing else`, async () => {
      const parent = mkdtempSync(join(scratch, "together "));
      const target = join(parent, "iris");
      lay(target);
      const pulls = Array.from({ length: 8 }, () => pull(store, reference, target, { replace }));
      const results = await Promise.all(pulls);
      assert.ok(results.some(({ downloaded }) => downloaded));
      assert.deepEqual(readdirSync(parent), ["iris"]);
      assert.equal((await pull(store, reference, target)).downloaded, false);
    });
  }

  it("of two versions leave one of them whole, and refuse the other", async () => {
    const two = memoryStore();
    for (const comment of ["a", "b"])
      await push(two, "tiny", writeFile(scratch, `${comment}.onnx`, tinyModel(comment)));
    const parent = mkdtempSync(join(scratch, "versions "));
    const target = join(parent, "tiny");
    const pulls = ["v1", "v2", "v1", "v2"].map((version) => pull(two, `tiny@${version}`, target));
    const results = await Promise.allSettled(pulls);
    for (const result of results)
      if (result.status === "rejected") assert.equal(result.reason.code, "invalid-option", String(result.reason));
    const { version } = JSON.parse(readFileSync(join(target, "model.json"), "utf8"));
    assert.equal((await pull(two, `tiny@${version}`, target)).downloaded, false);
    assert.deepEqual(readdirSync(parent), ["tiny"]);
  });

  it("refuses a device, a pipe or a file as a folder, and leaves it", async () => {
    const file = writeFile(scratch, "a-file", "kept");
    execFileSync("mkfifo", [join(scratch, "pipe")]);
    for (const target of [file, join(scratch, "pipe"), "/dev/null"]) {
      await assert.rejects(pull(store, reference, target, { replace: true }), { code: "invalid-option" }, target);
      assert.ok(existsSync(target));
    }
    const inside = join(scratch, "has-a-pipe");
    mkdirSync(join(inside, "data"), { recursive: true });
    execFileSync("mkfifo", [join(inside, "net.onnx")]);
    await assert.rejects(pull(store, reference, inside), { code: "invalid-option" });
  });
});

describe("verify", () => {
  it("finds each file as it was pushed", async () => {
    const { files } = await verify(store, "iris");
    assert.deepEqual(files, [
      { path: "data/w.bin", problem: undefined },
      { path: "net.onnx", problem: undefined },
    ]);
  });

  for (const [what, content, problem] of [
    ["of wrong bytes", WRONG, /^has SHA-256 [0-9a-f]{64}; the manifest says [0-9a-f]{64}$/],
    ["cut off", WEIGHTS.subarray(0, 99), /^has 99 bytes; the manifest says 10000$/],
    ["missing", undefined, /^does not exist$/],
  ] as const) {
    it(`names a file that is ${what}, and still looks at the others`, async () => {
      const { files } = await verify(damaged(content), "iris");
      assert.match(files[0]?.problem ?? "", problem);
      assert.deepEqual(files[1], { path: "net.onnx", problem: undefined });
    });
  }
});

async function* breaking(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces = 0;
  for await (const piece of body) {
    yield piece;
    if (++pieces === 3) throw new TricastError("store-unavailable", "connection reset");
  }
}
