import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TricastError } from "@tricast/core";
import { withRetries } from "@tricast/store";
import { promote, readAliases, rollback } from "@tricast/store/publishing";
import { tinyModel } from "../../../onnx/test/graph/support/proto-writer.ts";
import { type MemoryStore, memoryStore } from "../support/memory-store.ts";
import { push } from "../support/push-onnx.ts";
import { scratchFolder, writeFile } from "../support/scratch.ts";

const folder = scratchFolder();

async function storeWith(...versions: readonly string[]): Promise<MemoryStore> {
  const store = memoryStore();
  for (const version of versions) {
    await push(store, "iris", writeFile(folder, "model.onnx", tinyModel(version)), { version, latest: false });
  }
  return store;
}

async function targetOf(store: MemoryStore, alias: string) {
  return (await readAliases(store, "iris")).aliases.aliases[alias]?.target;
}

describe("promote", () => {
  it("records who moved what when, the last last", async () => {
    const store = await storeWith("v1", "v2");
    await promote(store, "iris", "prod", "v1", { by: "ann" });
    const { history, by, updated } = await promote(store, "iris", "prod", { v1: 90, v2: 10 }, { by: "bob" });
    assert.deepEqual(
      history.map(({ target, by }) => [target, by]),
      [
        ["v1", "ann"],
        [{ v1: 90, v2: 10 }, "bob"],
      ],
    );
    assert.equal(by, "bob");
    assert.equal(history.at(-1)?.at, updated);
  });

  it("to where the alias stands changes nothing", async () => {
    const store = await storeWith("v1", "v2");
    await promote(store, "iris", "prod", { v1: 1, v2: 2 });
    const before = store.changes.length;
    const { history } = await promote(store, "iris", "prod", { v2: 2, v1: 1 });
    assert.deepEqual([history.length, store.changes.length], [1, before]);
  });

  it("remembers the last 50 promotions", async () => {
    const store = await storeWith("v1", "v2");
    for (let index = 0; index < 60; index++) await promote(store, "iris", "prod", index % 2 === 0 ? "v1" : "v2");
    const { aliases } = (await readAliases(store, "iris")).aliases;
    assert.equal(aliases.prod?.history.length, 50);
    assert.equal(aliases.prod?.history.at(-1)?.target, "v2");
  });

  it("keeps members that a later release may add", async () => {
    const store = await storeWith("v1");
    store.put("iris/aliases.json", JSON.stringify({ format: 1, aliases: {}, added: { later: true } }));
    await promote(store, "iris", "prod", "v1");
    assert.deepEqual(JSON.parse(String(store.objects.get("iris/aliases.json")?.bytes)).added, { later: true });
  });

  const refused: readonly (readonly [
    what: string,
    alias: string,
    target: string | Record<string, number>,
    code: string,
  ])[] = [
    ["a version that does not exist", "prod", "v9", "store-not-found"],
    ["one of several that does not exist", "prod", { v1: 1, v9: 1 }, "store-not-found"],
    ["a weight of nothing", "prod", { v1: 0 }, "invalid-option"],
    ["a weight that is no whole number", "prod", { v1: 0.5 }, "invalid-option"],
    ["no version", "prod", {}, "invalid-option"],
    ["an alias that is a number", "v1", "v1", "invalid-option"],
    ["an alias that is a version", "candidate", "v1", "invalid-option"],
  ];
  for (const [what, alias, target, code] of refused) {
    it(`refuses ${what}`, async () => {
      const store = await storeWith("v1", "candidate");
      await assert.rejects(promote(store, "iris", alias, target), { code });
      assert.deepEqual((await readAliases(store, "iris")).aliases.aliases, {});
    });
  }

  it("refuses a document of aliases that it cannot read, and leaves it as it is", async () => {
    const store = await storeWith("v1");
    store.put("iris/aliases.json", "{}");
    await assert.rejects(promote(store, "iris", "prod", "v1"), {
      code: "model-invalid",
      message: /aliases\.json cannot be used/,
    });
    assert.equal(String(store.objects.get("iris/aliases.json")?.bytes), "{}");
  });
});

describe("rollback", () => {
  it("goes back, and again further back", async () => {
    const store = await storeWith("v1", "v2", "v3");
    for (const version of ["v1", "v2", "v3"]) await promote(store, "iris", "prod", version);
    assert.equal((await rollback(store, "iris", "prod")).target, "v2");
    assert.equal((await rollback(store, "iris", "prod")).target, "v1");
    await assert.rejects(rollback(store, "iris", "prod"), {
      code: "store-not-found",
      message: /has no target before v1/,
    });
  });

  it("after a promotion that follows a rollback returns to before that promotion, never to what was rolled back", async () => {
    const store = await storeWith("v1", "v2", "v3", "v4");
    for (const version of ["v1", "v2", "v3"]) await promote(store, "iris", "prod", version);
    await rollback(store, "iris", "prod", { by: "ann" });
    const { history } = await promote(store, "iris", "prod", "v4");
    assert.deepEqual(
      history.map(({ target, rolledBack }) => [target, rolledBack?.by]),
      [
        ["v1", undefined],
        ["v2", undefined],
        ["v3", "ann"],
        ["v4", undefined],
      ],
    );
    assert.equal((await rollback(store, "iris", "prod")).target, "v2");
    assert.equal((await rollback(store, "iris", "prod")).target, "v1");
  });

  it("restores weights", async () => {
    const store = await storeWith("v1", "v2");
    await promote(store, "iris", "prod", { v1: 9, v2: 1 });
    await promote(store, "iris", "prod", "v2");
    assert.deepEqual((await rollback(store, "iris", "prod")).target, { v1: 9, v2: 1 });
  });

  it("refuses to go back to a version that is gone", async () => {
    const store = await storeWith("v1", "v2");
    for (const version of ["v1", "v2"]) await promote(store, "iris", "prod", version);
    store.remove("iris/v1/model.json");
    await assert.rejects(rollback(store, "iris", "prod"), { code: "store-not-found", message: /no version v1/ });
    assert.equal(await targetOf(store, "prod"), "v2");
  });

  it("refuses an alias that does not exist", async () => {
    await assert.rejects(rollback(await storeWith("v1"), "iris", "prod"), {
      code: "store-not-found",
      message: /no alias prod/,
    });
  });
});

describe("a write whose answer is lost", () => {
  /** Every write of aliases.json takes place, and every first answer of it is lost; `meanwhile` runs in between. */
  function losingAnswers(store: MemoryStore, meanwhile: () => Promise<unknown>): MemoryStore {
    let lost = false;
    const write: MemoryStore["write"] = async (key, body, options) => {
      const info = await store.write(key, body, options);
      if (lost) return info;
      lost = true;
      await meanwhile();
      throw new TricastError("store-unavailable", "connection reset");
    };
    return { ...store, write };
  }

  it("rolls back once, also when somebody else promotes before the second try", async () => {
    const store = await storeWith("v1", "v2", "v3", "v4");
    for (const version of ["v1", "v2", "v3"]) await promote(store, "iris", "prod", version);
    const unlucky = losingAnswers(store, () => promote(store, "iris", "canary", "v4"));
    assert.equal((await rollback(withRetries(unlucky, { baseMs: 1 }), "iris", "prod")).target, "v2");
    assert.deepEqual([await targetOf(store, "prod"), await targetOf(store, "canary")], ["v2", "v4"]);
  });

  it("does not undo what was promoted after it", async () => {
    const store = await storeWith("v1", "v2", "v3");
    await promote(store, "iris", "prod", "v1");
    const unlucky = losingAnswers(store, () => promote(store, "iris", "prod", "v3"));
    await promote(withRetries(unlucky, { baseMs: 1 }), "iris", "prod", "v2");
    const { aliases } = (await readAliases(store, "iris")).aliases;
    assert.deepEqual(
      aliases.prod?.history.map(({ target }) => target),
      ["v1", "v2", "v3"],
    );
    assert.equal(aliases.prod?.target, "v3");
  });
});
