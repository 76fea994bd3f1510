import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { resolve } from "@tricast/store";
import { promote } from "@tricast/store/publishing";
import { tinyModel } from "../../../onnx/test/graph/support/proto-writer.ts";
import { chooseVersion } from "../../src/versions/choose-version.ts";
import { memoryStore } from "../support/memory-store.ts";
import { push } from "../support/push-onnx.ts";
import { scratchFolder, writeFile } from "../support/scratch.ts";

const folder = scratchFolder();
const store = memoryStore();

before(async () => {
  for (const comment of ["1", "2", "3"]) await push(store, "iris", writeFile(folder, "model.onnx", tinyModel(comment)));
  await push(store, "iris", writeFile(folder, "model.onnx", tinyModel("named")), { version: "2026-05", latest: false });
  await promote(store, "iris", "prod", "v2");
  await promote(store, "iris", "split", { v1: 50, v3: 50 });
});

describe("resolve", () => {
  it("finds an alias, a version by number or name, and latest", async () => {
    const versions = ["iris", "iris@latest", "iris@prod", "iris@v1", "iris@2026-05"].map(async (reference) => {
      const { version, manifest } = await resolve(store, reference);
      assert.equal(manifest.version, version);
      return version;
    });
    assert.deepEqual(await Promise.all(versions), ["v3", "v3", "v2", "v1", "2026-05"]);
  });

  it("costs one read for a numbered version", async () => {
    const reads: string[] = [];
    const counted: typeof store = {
      ...store,
      read: (key, options) => {
        reads.push(key);
        return store.read(key, options);
      },
    };
    await resolve(counted, "iris@v1");
    assert.deepEqual(reads, ["iris/v1/model.json"]);
  });

  it("chooses by key among weighted versions, and tells all of them", async () => {
    for (const key of ["a", "b", "c", "d", "e", "f"]) {
      const { version, weights, alias } = await resolve(store, "iris@split", { key });
      assert.equal(version, chooseVersion({ v1: 50, v3: 50 }, key));
      assert.deepEqual([weights, alias], [{ v1: 50, v3: 50 }, "split"]);
    }
  });

  it("without a key chooses either, in time", async () => {
    const seen = new Set<string>();
    for (let tries = 0; tries < 200 && seen.size < 2; tries++) seen.add((await resolve(store, "iris@split")).version);
    assert.equal(seen.size, 2);
  });

  it("says unchanged until an alias moves", async () => {
    const first = await resolve(store, "iris@prod");
    assert.equal(await resolve(store, "iris@prod", { ifNoneMatch: first.tag }), "unchanged");
    await promote(store, "iris", "prod", "v3");
    const second = await resolve(store, "iris@prod", { ifNoneMatch: first.tag });
    assert.ok(second !== "unchanged" && second.version === "v3" && second.tag !== first.tag);
    await promote(store, "iris", "prod", "v2");
  });

  const failures: readonly (readonly [reference: string, code: string, message: RegExp])[] = [
    ["iris@prdo", "store-not-found", /did you mean "prod"\?/],
    ["iris@v9", "store-not-found", /iris\/v9\/model\.json does not exist/],
    ["nothing", "store-not-found", /"tricast models list" shows all models/],
    ["iris@@", "invalid-option", /is not a model reference/],
    ["iris@constructor", "store-not-found", /no alias or version "constructor"/],
  ];
  for (const [reference, code, message] of failures) {
    it(`says what is wrong with ${reference}`, () => assert.rejects(resolve(store, reference), { code, message }));
  }

  it("names an alias that leads to a version that is gone", async () => {
    const other = memoryStore();
    await push(other, "iris", writeFile(folder, "model.onnx", tinyModel("gone")));
    other.remove("iris/v1/model.json");
    await assert.rejects(resolve(other, "iris"), { code: "store-not-found", message: /iris@latest points to v1/ });
  });

  it("refuses a manifest in the folder of another version", async () => {
    const other = memoryStore();
    other.put("iris/v2/model.json", store.objects.get("iris/v1/model.json")?.bytes ?? "");
    await assert.rejects(resolve(other, "iris@v2"), { code: "model-invalid", message: /is the manifest of iris@v1/ });
  });
});
