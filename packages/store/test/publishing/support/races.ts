import assert from "node:assert/strict";
import { it } from "node:test";
import { isTricastError } from "@tricast/core";
import { resolve } from "@tricast/store";
import {
  type Aliases,
  listVersions,
  type Manifest,
  promote,
  prune,
  readAliases,
  rollback,
  verify,
} from "@tricast/store/publishing";
import fc from "fast-check";
import { tinyModel } from "../../../../onnx/test/graph/support/proto-writer.ts";
import { type MemoryStore, memoryStore } from "../../support/memory-store.ts";
import { push } from "../../support/push-onnx.ts";
import { scratchFolder, writeFile } from "../../support/scratch.ts";

const folder = scratchFolder();
const MODELS = [0, 1, 2, 3].map((index) => writeFile(folder, `${index}.onnx`, tinyModel(`model ${index}`)));
const VERSIONS = ["v1", "v2", "v3", "v4"];

/** A store in which each operation's moment, and that of its answer, are chosen by the scheduler. */
function gated(
  scheduler: fc.Scheduler,
  content: MemoryStore = memoryStore(),
): { store: MemoryStore; open: () => void } {
  let isOpen = false;
  const store = memoryStore({
    gate: async (label) => (isOpen ? undefined : scheduler.schedule(Promise.resolve(), label)),
  });
  for (const { key, bytes } of content.objects.values()) store.put(key, bytes);
  return {
    store,
    open: () => {
      isOpen = true;
    },
  };
}

async function fourVersions(): Promise<MemoryStore> {
  const store = memoryStore();
  for (const [index, version] of VERSIONS.entries()) {
    await push(store, "iris", MODELS[index] as string, { version, latest: false });
  }
  return store;
}

async function aliasesOf(store: MemoryStore): Promise<Aliases["aliases"]> {
  return (await readAliases(store, "iris")).aliases.aliases;
}

/** Every version that can be seen is whole. */
async function checkWhole(store: MemoryStore): Promise<readonly Manifest[]> {
  const manifests = await listVersions(store, "iris");
  for (const { version } of manifests) {
    const { files } = await verify(store, `iris@${version}`);
    assert.deepEqual(
      files.filter(({ problem }) => problem !== undefined),
      [],
      version,
    );
  }
  return manifests;
}

/**
 * Defines the tests of operations at the same time.
 * @param runs of each property.
 * @param seed of the properties, where they must be the same each time.
 */
export function testRaces(runs: number, seed?: number): void {
  const parameters = { numRuns: runs, ...(seed === undefined ? {} : { seed }) };
  it("promotions of any aliases all succeed, and each stands in its alias' history", async () => {
    const base = await fourVersions();
    const promotion = fc.record({
      alias: fc.constantFrom("prod", "staging", "canary"),
      version: fc.constantFrom(...VERSIONS),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(promotion, { minLength: 2, maxLength: 6 }),
        async (scheduler, promotions) => {
          const { store, open } = gated(scheduler, base);
          const all = promotions.map(({ alias, version }, index) =>
            promote(store, "iris", alias, version, { by: `p${index}` }),
          );
          await scheduler.waitFor(Promise.all(all));
          open();
          const aliases = await aliasesOf(store);
          const recorded = Object.entries(aliases).flatMap(([alias, { history }]) =>
            history.map(({ by }) => ({ alias, by })),
          );
          assert.equal(new Set(recorded.map(({ by }) => by)).size, recorded.length, "none twice");
          for (const { alias, by } of recorded) assert.equal(promotions[Number(by?.slice(1))]?.alias, alias);
          for (const [alias, { target, history }] of Object.entries(aliases)) {
            assert.equal(target, history.at(-1)?.target);
            // A promotion to where the alias stands already leaves no entry; every other does.
            const wanted = new Set(promotions.filter((one) => one.alias === alias).map(({ version }) => version));
            assert.deepEqual(new Set(history.map((change) => change.target)), wanted);
          }
        },
      ),
      parameters,
    );
  });

  it("rollbacks each go one step back", async () => {
    const base = await fourVersions();
    for (const version of VERSIONS) await promote(base, "iris", "prod", version);
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), async (scheduler, count) => {
        const { store, open } = gated(scheduler, base);
        const all = Array.from({ length: count }, () => rollback(store, "iris", "prod"));
        await scheduler.waitFor(Promise.all([...all, promote(store, "iris", "canary", "v1")]));
        open();
        const { prod, canary } = await aliasesOf(store);
        assert.deepEqual([prod?.target, canary?.target], [`v${4 - count}`, "v1"]);
        assert.equal(prod?.history.filter(({ rolledBack }) => rolledBack !== undefined).length, count);
      }),
      parameters,
    );
  });

  it("pushes without a version each get their own, and latest ends at the greatest", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, count) => {
        const { store, open } = gated(scheduler);
        const results = await scheduler.waitFor(
          Promise.all(MODELS.slice(0, count).map((path) => push(store, "iris", path))),
        );
        open();
        const manifests = await checkWhole(store);
        const pushed = results.map(({ manifest }) => manifest.version);
        assert.equal(new Set(pushed).size, count);
        assert.deepEqual(manifests.map(({ version }) => version).sort(), pushed.sort());
        const greatest = `v${Math.max(...pushed.map((version) => Number(version.slice(1))))}`;
        assert.equal((await resolve(store, "iris")).version, greatest);
      }),
      parameters,
    );
  });

  it("pushes of one version never mix: one wins, the others are told", async () => {
    const contents = fc.array(fc.nat(1), { minLength: 2, maxLength: 4 });
    const names = MODELS.slice(0, 2).map((_, index) =>
      writeFile(folder, `named ${index}/model.onnx`, tinyModel(`m ${index}`)),
    );
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), contents, async (scheduler, chosen) => {
        const { store, open } = gated(scheduler);
        const all = chosen.map((which) => push(store, "iris", names[which] as string, { version: "v1" }));
        const results = await scheduler.waitFor(Promise.allSettled(all));
        open();
        const [manifest, ...more] = await checkWhole(store);
        assert.ok(manifest !== undefined && more.length === 0);
        for (const result of results) {
          if (result.status === "fulfilled") assert.deepEqual(result.value.manifest, manifest);
          else
            assert.ok(isTricastError(result.reason) && result.reason.code === "store-conflict", String(result.reason));
        }
        const winners = results.filter((result) => result.status === "fulfilled" && result.value.created);
        assert.equal(winners.length, 1);
      }),
      parameters,
    );
  });

  it("a reader sees whole versions only, and latest never leads to nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), async (scheduler, count) => {
        const { store, open } = gated(scheduler);
        const pushes = Promise.all(MODELS.slice(0, count).map((path) => push(store, "iris", path)));
        const reading = (async () => {
          for (let look = 0; look < 4; look++) {
            await checkWhole(store);
            if ((await aliasesOf(store)).latest !== undefined) await verify(store, "iris@latest");
          }
        })();
        await scheduler.waitFor(Promise.all([pushes, reading]));
        open();
        assert.equal((await checkWhole(store)).length, count);
      }),
      parameters,
    );
  });

  it("promotions and a prune never leave an alias that leads to nothing", async () => {
    const base = await fourVersions();
    const promoted = fc.array(fc.constantFrom(...VERSIONS), { minLength: 1, maxLength: 3 });
    let prunedSome = 0;
    let refusedSome = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), promoted, async (scheduler, versions) => {
        const { store, open } = gated(scheduler, base);
        const promotions = versions.map((version, index) => promote(store, "iris", `alias-${index}`, version));
        const pruning = prune(store, "iris", { keep: 1, keepHistory: 0 });
        const [deleted, ...outcomes] = await scheduler.waitFor(Promise.allSettled([pruning, ...promotions]));
        open();
        assert.equal(deleted.status, "fulfilled");
        prunedSome += deleted.status === "fulfilled" && deleted.value.length > 0 ? 1 : 0;
        refusedSome += outcomes.some(({ status }) => status === "rejected") ? 1 : 0;
        for (const outcome of outcomes) {
          if (outcome.status === "fulfilled") continue;
          assert.ok(["store-conflict", "store-not-found"].includes(outcome.reason.code), String(outcome.reason));
        }
        for (const alias of Object.keys(await aliasesOf(store))) await verify(store, `iris@${alias}`);
        await checkWhole(store);
        assert.equal((await readAliases(store, "iris")).aliases.retired, undefined);
      }),
      parameters,
    );
    assert.ok(prunedSome > 0 && refusedSome > 0, `${prunedSome} pruned, ${refusedSome} refused`);
  });

  it("a prune of leftovers and the push that reuses them never leave half a version", async () => {
    const path = writeFile(folder, "leftover/model.onnx", tinyModel("leftover"));
    let pushed = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { store, open } = gated(scheduler);
        store.put("iris/v1/model.onnx", tinyModel("leftover"));
        // Digesting the file takes real time; the race begins behind it.
        const { promise: uploading, resolve: onUpload } = Promise.withResolvers<void>();
        const pushing = push(store, "iris", path, { version: "v1", onUpload: () => onUpload() });
        const pruning = uploading.then(() => prune(store, "iris", { unfinishedAfterMs: -1 }));
        const work = [pushing, pruning] as const;
        const [result, pruned] = await scheduler.waitFor(Promise.allSettled(work));
        open();
        assert.equal(pruned.status, "fulfilled");
        await checkWhole(store);
        if (result.status === "fulfilled") pushed++;
        else {
          refused++;
          assert.equal(result.reason.code, "store-conflict", String(result.reason));
          await push(store, "iris", path, { version: "v1" });
        }
        assert.equal((await checkWhole(store)).length, 1);
        assert.equal((await resolve(store, "iris")).version, "v1");
      }),
      parameters,
    );
    assert.ok(pushed > 0 && refused > 0, `${pushed} pushed, ${refused} refused`);
  });
}
