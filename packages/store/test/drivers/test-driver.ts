import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ErrorCode } from "@tricast/core";
import type { ObjectStore } from "../../src/object-store.ts";

export interface DriverUnderTest {
  /** Empty at the start. */
  readonly store: () => ObjectStore;
  /** Puts bytes in the store's place of `key`, for a store that cannot write. Default: `write`. */
  readonly seed?: ((key: string, bytes: Uint8Array) => Promise<void>) | undefined;
  /** The same kind of store in a bucket that does not exist; left out where there are no buckets. */
  readonly noBucket?: (() => Promise<ObjectStore>) | undefined;
}

/** What every driver promises: registered once per store, with the same titles. */
export function testDriver(driver: DriverUnderTest): void {
  testReading(driver);
  if (driver.seed === undefined) testWriting(driver);
  if (driver.noBucket !== undefined) testMissingBucket(driver.noBucket);
}

function testReading({ store, seed = async (key, bytes) => void (await store().write(key, bytes)) }: DriverUnderTest) {
  const bytes = randomBytes(300_000);

  test("reads back exactly the bytes, with size and tag", async () => {
    await seed("reading/whole.bin", bytes);
    const info = await store().head("reading/whole.bin");
    assert.ok(info);
    const result = await store().read("reading/whole.bin");
    // HTTP dates have no milliseconds.
    const whole = Math.floor((result?.info.modified ?? 0) / 1_000);
    assert.deepEqual({ ...result?.info, modified: whole }, { ...info, modified: Math.floor(info.modified / 1_000) });
    assert.equal(info.key, "reading/whole.bin");
    assert.equal(info.size, bytes.length);
    assert.notEqual(info.tag, "");
    assert.ok(Math.abs(info.modified - Date.now()) < 120_000, String(info.modified));
    assert.ok(bytes.equals(await collect(result?.body)));
  });

  test("reads a range, and of one past the end what there is", async () => {
    await seed("reading/ranges.bin", bytes);
    for (const [start, end] of [
      [0, 1],
      [1000, 2000],
      [299_999, 300_000],
      [250_000, 999_999],
      [0, 300_000],
    ] as const) {
      const result = await store().read("reading/ranges.bin", { range: { start, end } });
      assert.equal(result?.info.size, bytes.length);
      assert.ok(bytes.subarray(start, end).equals(await collect(result?.body)), `${start}-${end}`);
    }
    for (const start of [300_000, 400_000]) {
      const result = await store().read("reading/ranges.bin", { range: { start, end: start + 10 } });
      assert.deepEqual([result?.info.size, (await collect(result?.body)).length], [bytes.length, 0]);
    }
  });

  test("an empty object has size 0 and no bytes", async () => {
    await seed("reading/empty.bin", new Uint8Array());
    assert.equal((await store().head("reading/empty.bin"))?.size, 0);
    assert.equal((await collect((await store().read("reading/empty.bin"))?.body)).length, 0);
    const ranged = await store().read("reading/empty.bin", { range: { start: 0, end: 100 } });
    assert.equal((await collect(ranged?.body)).length, 0);
  });

  test("keys with spaces, umlauts, plus signs and percent signs stay as they are", async () => {
    for (const key of ["odd/a b+c.bin", "odd/größe %41.bin", "odd/q?x#y&z='().bin"]) {
      await seed(key, Buffer.from(key));
      assert.equal((await store().head(key))?.key, key);
      assert.equal((await collect((await store().read(key))?.body)).toString(), key);
    }
  });

  test("a missing object: head says so, read fails with store-not-found", async () => {
    assert.equal(await store().head("reading/absent.bin"), undefined);
    await rejects(store().read("reading/absent.bin"), "store-not-found");
  });

  test("ifMatch refuses a replaced object, ifNoneMatch sends nothing for the same", async () => {
    await seed("reading/match.bin", Buffer.from("old"));
    const old = await store().head("reading/match.bin");
    assert.ok(old);
    assert.equal(await store().read("reading/match.bin", { ifNoneMatch: old.tag }), undefined);
    await seed("reading/match.bin", Buffer.from("new"));
    await rejects(store().read("reading/match.bin", { ifMatch: old.tag }), "store-conflict");
    await rejects(
      store().read("reading/match.bin", { ifMatch: old.tag, range: { start: 0, end: 2 } }),
      "store-conflict",
    );
    await rejects(
      store().read("reading/match.bin", { ifMatch: old.tag, range: { start: 9, end: 12 } }),
      "store-conflict",
    );
    const fresh = await store().read("reading/match.bin", { ifNoneMatch: old.tag });
    assert.equal((await collect(fresh?.body)).toString(), "new");
    const same = await store().read("reading/match.bin", { ifMatch: fresh?.info.tag });
    assert.equal((await collect(same?.body)).toString(), "new");
  });

  test("an aborted read rejects with the signal's own reason", async () => {
    await seed("reading/abort.bin", bytes);
    const reason = new Error("enough");
    await assert.rejects(
      async () => collect((await store().read("reading/abort.bin", { signal: AbortSignal.abort(reason) }))?.body),
      reason,
    );
    const controller = new AbortController();
    const result = await store().read("reading/abort.bin", { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(collect(result?.body), reason);
  });

  test("keys that would leave the store are refused", async () => {
    for (const key of ["", "/a", "../a", "a/../../b", "a/./b"]) {
      await rejects((async () => store().read(key))(), "invalid-option");
    }
  });
}

function testWriting({ store }: DriverUnderTest) {
  test("a write replaces the whole object and returns its new tag", async () => {
    const first = await store().write("writing/a.bin", randomBytes(200_000));
    const second = await store().write("writing/a.bin", Buffer.from("short"));
    assert.notEqual(first.tag, second.tag);
    assert.deepEqual([second.key, second.size], ["writing/a.bin", 5]);
    assert.equal((await store().head("writing/a.bin"))?.tag, second.tag);
    assert.equal((await collect((await store().read("writing/a.bin"))?.body)).toString(), "short");
  });

  test("a file is written by its path", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tricast-driver-"));
    try {
      const bytes = randomBytes(1_500_000);
      await writeFile(join(folder, "model.bin"), bytes);
      await writeFile(join(folder, "empty.bin"), "");
      const info = await store().write("writing/file.bin", { path: join(folder, "model.bin") });
      assert.equal(info.size, bytes.length);
      assert.ok(bytes.equals(await collect((await store().read("writing/file.bin"))?.body)));
      assert.equal((await store().write("writing/file.bin", { path: join(folder, "empty.bin") })).size, 0);
      assert.equal((await store().head("writing/file.bin"))?.size, 0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("a conditional write happens only to the version that was read", async () => {
    const key = "writing/conditional.json";
    const first = await store().write(key, Buffer.from("1"), { ifMatch: null });
    await rejects(store().write(key, Buffer.from("x"), { ifMatch: null }), "store-conflict");
    const second = await store().write(key, Buffer.from("2"), { ifMatch: first.tag });
    await rejects(store().write(key, Buffer.from("x"), { ifMatch: first.tag }), "store-conflict");
    assert.equal((await store().head(key))?.tag, second.tag);
    await store().delete(key);
    await rejects(store().write(key, Buffer.from("x"), { ifMatch: second.tag }), "store-conflict");
    assert.equal(await store().head(key), undefined);
  });

  test("of many conditional writes at once exactly one succeeds, again and again", async () => {
    const key = "writing/race.json";
    let tag: string | null = null;
    for (let round = 0; round < 4; round++) {
      const ifMatch: string | null = tag;
      const writes: Promise<string | undefined>[] = Array.from({ length: 6 }, (_, n) =>
        store()
          .write(key, Buffer.from(`${round}.${n}`), { ifMatch })
          .then(
            (info) => info.tag,
            (error) => {
              assert.equal(error.code, "store-conflict", String(error));
              return undefined;
            },
          ),
      );
      const won = (await Promise.all(writes)).filter((one) => one !== undefined);
      assert.equal(won.length, 1);
      assert.equal((await store().head(key))?.tag, won[0]);
      tag = won[0] as string;
    }
  });

  test("lists every object below a prefix, in key order, across pages", async () => {
    const keys = ["a.bin", "a/1.bin", "a/10.bin", "a/2.bin", "a/sub/3.bin", "ab.bin", "b/1.bin", "a/<&>.bin"];
    for (const key of keys) await store().write(`listing/${key}`, Buffer.from(key));
    const below = async (prefix: string) => {
      const found: string[] = [];
      for await (const info of store().list(prefix)) found.push(info.key);
      return found.map((key) => key.replace("listing/", ""));
    };
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await below("listing/"), sorted);
    assert.deepEqual(await below("listing/a/"), ["a/1.bin", "a/10.bin", "a/2.bin", "a/<&>.bin", "a/sub/3.bin"]);
    assert.deepEqual(await below("listing/a/1"), ["a/1.bin", "a/10.bin"]);
    assert.deepEqual(await below("listing/none/"), []);
    for await (const info of store().list("listing/a/2.bin")) {
      const head = await store().head(info.key);
      assert.deepEqual([info.size, info.tag], [7, head?.tag]);
    }
  });

  test("a deleted object is gone, and deleting it again does nothing", async () => {
    await store().write("deleting/a.bin", Buffer.from("a"));
    await store().delete("deleting/a.bin");
    assert.equal(await store().head("deleting/a.bin"), undefined);
    await store().delete("deleting/a.bin");
  });
}

function testMissingBucket(noBucket: () => Promise<ObjectStore>) {
  test("a bucket that does not exist is store-not-found, for every verb", async () => {
    const store = await noBucket();
    await rejects(store.head("a"), "store-not-found");
    await rejects(store.read("a"), "store-not-found");
    await rejects(store.write("a", Buffer.from("a")), "store-not-found");
    await rejects(collectKeys(store), "store-not-found");
  });
}

async function collectKeys(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list("")) keys.push(key);
  return keys;
}

export async function collect(body: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  assert.ok(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The error has the code and says something. */
export async function rejects(promise: Promise<unknown>, code: ErrorCode, words: RegExp = /.{20}/): Promise<void> {
  await assert.rejects(promise, (error: Error & { code?: string }) => {
    assert.equal(error.code, code, String(error.stack));
    assert.match(error.message, words);
    return true;
  });
}
