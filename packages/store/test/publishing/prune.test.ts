import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolve } from "@tricast/store";
import { listVersions, planPrune, promote, prune, readAliases, rollback } from "@tricast/store/publishing";
import { tinyModel } from "../../../onnx/test/graph/support/proto-writer.ts";
import { type MemoryStore, memoryStore } from "../support/memory-store.ts";
import { push } from "../support/push-onnx.ts";
import { scratchFolder, writeFile } from "../support/scratch.ts";

const folder = scratchFolder();
const DAY_MS = 24 * 60 * 60 * 1000;

async function storeWith(count: number, store: MemoryStore = memoryStore()): Promise<MemoryStore> {
  for (let index = 1; index <= count; index++) {
    await push(store, "iris", writeFile(folder, "model.onnx", tinyModel(String(index))), { version: `v${index}` });
  }
  return store;
}

async function left(store: MemoryStore): Promise<string[]> {
  return (await listVersions(store, "iris")).map(({ version }) => version).reverse();
}

describe("prune", () => {
  it("keeps the newest, what aliases lead to, and what they can be rolled back to", async () => {
    const store = await storeWith(12);
    for (const version of ["v2", "v3", "v4"]) await promote(store, "iris", "prod", version);
    await promote(store, "iris", "canary", { v5: 1, v6: 1 });
    const options = { keep: 2, keepHistory: 2 };
    const plan = await planPrune(store, "iris", options);
    // latest went through all of them: v11 and v12 are its last two.
    assert.deepEqual(plan.map(({ version }) => version).sort(), ["v1", "v10", "v2", "v7", "v8", "v9"]);
    assert.equal((await left(store)).length, 12);
    const deleted = await prune(store, "iris", options);
    assert.deepEqual(deleted, plan);
    assert.deepEqual(await left(store), ["v3", "v4", "v5", "v6", "v11", "v12"]);
    assert.equal((await rollback(store, "iris", "prod")).target, "v3");
    assert.equal((await readAliases(store, "iris")).aliases.retired, undefined);
  });

  it("does not protect what was rolled back", async () => {
    const store = await storeWith(3);
    for (const version of ["v1", "v2"]) await promote(store, "iris", "prod", version);
    await rollback(store, "iris", "prod");
    const plan = await planPrune(store, "iris", { keep: 1, keepHistory: 1 });
    assert.deepEqual(
      plan.map(({ version }) => version),
      ["v2"],
    );
  });

  it("deletes the manifest first, so that a version disappears at once", async () => {
    const store = await storeWith(2);
    const before = store.changes.length;
    await prune(store, "iris", { keep: 1, keepHistory: 0 });
    assert.deepEqual(store.changes.slice(before), [
      "write iris/aliases.json",
      "delete iris/v1/model.json",
      "delete iris/v1/model.onnx",
      "write iris/aliases.json",
    ]);
  });

  it("removes what killed pushes left, when it is old enough", async () => {
    let now = Date.now() - 2 * DAY_MS;
    const store = memoryStore({ now: () => now });
    await storeWith(1, store);
    store.put("iris/v2/model.onnx", "half");
    store.put("iris/v1/other.bin", "of a push of the same number that lost");
    store.put("iris/v4/model.onnx", "old");
    now = Date.now();
    store.put("iris/v3/model.onnx", "running");
    store.put("iris/v4/weights.bin", "running");
    const deleted = await prune(store, undefined);
    assert.deepEqual(
      deleted.map(({ version, reason, keys }) => [version, reason, keys]),
      [
        ["v1", "stray", ["iris/v1/other.bin"]],
        ["v2", "unfinished", ["iris/v2/model.onnx"]],
      ],
    );
    assert.deepEqual([...store.objects.keys()].sort(), [
      "iris/aliases.json",
      "iris/v1/model.json",
      "iris/v1/model.onnx",
      "iris/v3/model.onnx",
      "iris/v4/model.onnx",
      "iris/v4/weights.bin",
    ]);
  });

  it("killed at any moment is finished by the next", async () => {
    for (let allowed = 0; allowed < 12; allowed++) {
      const store = await storeWith(4);
      let calls = 0;
      const dying = () => {
        if (++calls > allowed) throw new Error("killed");
      };
      const mortal: MemoryStore = {
        ...store,
        write: async (...args) => {
          dying();
          return store.write(...args);
        },
        delete: async (...args) => {
          dying();
          return store.delete(...args);
        },
      };
      const options = { keep: 1, keepHistory: 0 };
      await prune(mortal, "iris", options).catch((error) => assert.equal(error.message, "killed"));
      for (const version of await left(store)) await resolve(store, `iris@${version}`);
      await prune(store, "iris", options);
      assert.deepEqual([...store.objects.keys()].sort(), [
        "iris/aliases.json",
        "iris/v4/model.json",
        "iris/v4/model.onnx",
      ]);
      assert.equal((await readAliases(store, "iris")).aliases.retired, undefined, `after ${allowed} changes`);
    }
  });

  it("refuses promotions and pushes of what is being deleted", async () => {
    const store = await storeWith(2);
    const document = JSON.parse(String(store.objects.get("iris/aliases.json")?.bytes));
    store.put("iris/aliases.json", JSON.stringify({ ...document, retired: ["v1", "v3", "v7"] }));
    await assert.rejects(promote(store, "iris", "prod", "v1"), { code: "store-conflict", message: /is being deleted/ });
    const path = writeFile(folder, "model.onnx", tinyModel("again"));
    await assert.rejects(push(store, "iris", path, { version: "v3" }), { code: "store-conflict" });
    assert.equal((await push(store, "iris", path)).manifest.version, "v8");
  });

  it("deletes nothing of a model whose manifests it cannot read", async () => {
    const store = await storeWith(3);
    store.put("iris/v2/model.json", "{");
    const before = store.changes.length;
    await assert.rejects(prune(store, "iris", { keep: 1 }), { code: "model-invalid" });
    assert.equal(store.changes.length, before);
  });
});
