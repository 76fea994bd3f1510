import assert from "node:assert/strict";
import { chmod, readdir, readFile, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { FileGroup } from "../../src/files/artefact-file.ts";
import { readContent } from "../../src/image/blob.ts";
import { blobCache } from "../../src/image/blob-cache.ts";
import { buildLayer } from "../../src/image/layer.ts";
import { checkRoot, type LayerOptions } from "../../src/image/layer-members.ts";
import { group } from "./support/groups.ts";
import { sha256 } from "./support/made-up-base.ts";
import { untar } from "./support/read-image.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const OPTIONS: LayerOptions = { root: "/var/task", uid: 0, gid: 0, mtime: 0 };

async function build(t: TestContext, files: FileGroup, options: Partial<LayerOptions> = {}) {
  const folder = await temporaryFolder(t);
  const layer = await buildLayer(files, { ...OPTIONS, ...options }, blobCache(folder));
  const bytes = await readContent(await layer.blob.content());
  return { ...layer, bytes, tar: gunzipSync(bytes) };
}

test("a layer lists every parent folder once, then files, by the bytes of their names", async (t) => {
  const { tar } = await build(t, group("handler", { "b/é": "1", "b/z": "2", "b-c": "3", "a/b/c": ["4"], Z: "5" }));
  const members = await untar(tar);
  assert.deepEqual(
    members.map(({ path, type, mode }) => [path, type, mode.toString(8)]),
    [
      ["var/", "Directory", "755"],
      ["var/task/", "Directory", "755"],
      ["var/task/Z", "File", "644"],
      ["var/task/a/", "Directory", "755"],
      ["var/task/a/b/", "Directory", "755"],
      ["var/task/a/b/c", "File", "755"],
      ["var/task/b-c", "File", "644"],
      ["var/task/b/", "Directory", "755"],
      ["var/task/b/z", "File", "644"],
      ["var/task/b/é", "File", "644"],
    ],
  );
  assert.deepEqual(new Set(members.map(({ uid, gid, mtime }) => `${uid} ${gid} ${mtime}`)), new Set(["0 0 0"]));
});

test("owner and time are those that were asked for", async (t) => {
  const { tar } = await build(t, group("model", { a: "1" }), { uid: 1000, gid: 100, mtime: 1_700_000_000 });
  for (const { uid, gid, mtime } of await untar(tar)) assert.deepEqual([uid, gid, mtime], [1000, 100, 1_700_000_000]);
});

test("diff_id, digest and size are those of the bytes, and the gzip header says nothing about this machine", async (t) => {
  const { tar, bytes, diffId, blob } = await build(t, group("model", { a: "x".repeat(3_000_000), b: "y" }));
  assert.equal(diffId, sha256(tar));
  assert.deepEqual(blob.descriptor, {
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    digest: sha256(bytes),
    size: bytes.length,
  });
  assert.equal(bytes.subarray(0, 10).toString("hex"), "1f8b08000000000000ff");
});

test("the disk's times, modes and order do not show", async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, "weights");
  await writeFile(file, "weights");
  const files = group("model", { "a/b": "1", c: "2" }).files;
  const own = { path: "a/weights", content: { from: file }, origin: "test" };
  const first = await build(t, { name: "model", files: [own, ...files] });
  await chmod(file, 0o600);
  await utimes(file, 1, 2);
  const second = await build(t, { name: "model", files: [...files.toReversed(), own] });
  assert.deepEqual(second.blob.descriptor, first.blob.descriptor);
  assert.ok((await untar(first.tar)).some(({ path, bytes }) => path.endsWith("weights") && `${bytes}` === "weights"));
});

test("a layer that was built before is not compressed again, unless what was kept is damaged", async (t) => {
  const folder = await temporaryFolder(t);
  const cache = blobCache(folder);
  const files = group("model", { a: "x".repeat(100_000) });
  const first = await buildLayer(files, OPTIONS, cache);
  const blobs = join(folder, "blobs/sha256");
  assert.equal((await readdir(blobs)).length, 1);
  const kept = join(blobs, (await readdir(blobs))[0] as string);
  await utimes(kept, 1, 1);
  const again = await buildLayer(files, OPTIONS, cache);
  assert.deepEqual(again.blob.descriptor, first.blob.descriptor);
  const { mtimeMs } = await import("node:fs").then(({ statSync }) => statSync(kept));
  assert.equal(mtimeMs, 1000, "the file was not written again");

  await truncate(kept, 50);
  const repaired = await buildLayer(files, OPTIONS, cache);
  assert.equal(sha256(await readContent(await repaired.blob.content())), first.blob.descriptor.digest);
  assert.equal(sha256(await readFile(kept)), first.blob.descriptor.digest);
  assert.deepEqual(
    (await readdir(blobs)).filter((name) => name.endsWith(".part")),
    [],
  );
});

for (const path of ["/etc/passwd", "../up", "a/../b", "a//b", "./a", "a/", "a/.wh.b", "a\0b", ""]) {
  test(`a file named ${JSON.stringify(path)} is refused`, async (t) => {
    await assert.rejects(build(t, group("handler", { [path]: "1" })), { code: "invalid-option" });
  });
}

test("a path that comes twice, or is both file and folder, is refused", async (t) => {
  const [one] = group("handler", { a: "1" }).files;
  assert.ok(one !== undefined);
  await assert.rejects(build(t, { name: "handler", files: [one, one] }), { code: "invalid-option", message: /twice/ });
  await assert.rejects(build(t, group("handler", { a: "1", "a/b": "2" })), { code: "invalid-option" });
  await assert.rejects(build(t, group("handler", { "a/b": "2", a: "1" })), { code: "invalid-option" });
});

for (const root of ["/", "app", "", "/lib/app", "/tmp/app", "/app/", "/app/../x", "/usr//x"]) {
  test(`files cannot go under ${JSON.stringify(root)}`, () => {
    assert.throws(() => checkRoot(root), { code: "invalid-option" });
  });
}

for (const root of ["/app", "/var/task", "/opt/tricast", "/usr/src/app"]) {
  test(`files can go under ${root}`, () => checkRoot(root));
}
