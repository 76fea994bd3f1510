import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ObjectStore } from "../../src/object-store.ts";
import { openStore } from "../../src/open-store.ts";
import { collect, rejects, testDriver } from "./test-driver.ts";

let root: string;
let store: ObjectStore;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "tricast-file-"));
  store = await openStore(root);
});
after(() => rm(root, { recursive: true }));

testDriver({ store: () => store });

test("a write leaves nothing behind but its object", async () => {
  await store.write("clean/a.bin", Buffer.from("1"));
  await store.write("clean/a.bin", Buffer.from("2"));
  assert.deepEqual(await readdir(join(root, "clean")), ["a.bin"]);
});

test("a file that another program changes while it is read is a conflict", async () => {
  await store.write("changing.bin", Buffer.alloc(1_000_000, 1));
  const result = await store.read("changing.bin");
  await writeFile(join(root, "changing.bin"), Buffer.alloc(1_000_000, 2));
  await rejects(collect(result?.body), "store-conflict");
});

test("a reader keeps the old bytes while the file is replaced", async () => {
  await store.write("replaced.bin", Buffer.alloc(1_000_000, 1));
  const result = await store.read("replaced.bin");
  await store.write("replaced.bin", Buffer.alloc(10, 2));
  assert.ok(Buffer.alloc(1_000_000, 1).equals(await collect(result?.body)));
});
