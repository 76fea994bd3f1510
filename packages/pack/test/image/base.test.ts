import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { buildForTest } from "./support/build-for-test.ts";
import { exampleGroups } from "./support/groups.ts";
import { layoutFiles, type MadeUpImage, madeUpImage, sha256, tarOf, writeLayout } from "./support/made-up-base.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

/** What `docker save` writes: legacy has folders of uncompressed layer.tar, shared ones as links. */
function dockerArchive(image: MadeUpImage, layer: string | Buffer = image.layers.amd64 as Buffer): Buffer {
  const manifest = [{ Config: "config.json", RepoTags: ["base:1"], Layers: ["one/layer.tar"] }];
  return tarOf({
    "config.json": image.configs.amd64 as Buffer,
    "one/layer.tar": layer,
    "two/layer.tar": image.layers.amd64 as Buffer,
    "manifest.json": JSON.stringify(manifest),
  });
}

async function written(t: TestContext, bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(t), "base.tar");
  await writeFile(path, bytes);
  return path;
}

const FORMS: Readonly<Record<string, (image: MadeUpImage) => Buffer>> = {
  "a tarball of an OCI layout": (image) => tarOf(layoutFiles(image)),
  "a gzipped tarball of an OCI layout": (image) => gzipSync(tarOf(layoutFiles(image))),
  "a zstd-compressed tarball of an OCI layout": (image) => zstdCompressSync(tarOf(layoutFiles(image))),
  "a tarball of docker save": (image) => dockerArchive(image),
  "a tarball of docker save with a layer that is a link": (image) => dockerArchive(image, "-> ../two/layer.tar"),
  "a tarball of docker save with a gzipped layer": (image) =>
    dockerArchive(image, gzipSync(image.layers.amd64 as Buffer)),
};

for (const [what, render] of Object.entries(FORMS)) {
  test(`${what} is a base`, async (t) => {
    const image = madeUpImage();
    const built = await buildForTest(t, { base: await written(t, render(image)) });
    assert.deepEqual(built.image.tars[0], image.layers.amd64);
    assert.equal(built.image.config.rootfs.diff_ids[0], sha256(image.layers.amd64 as Buffer));
    assert.deepEqual(built.image.config.config.Env.slice(0, 2), ["PATH=/usr/bin", "BASE=yes"]);
  });
}

test("a base of Docker's media types becomes an image of OCI's alone, its layer bytes kept", async (t) => {
  const image = madeUpImage({ family: "docker" });
  const base = await writeLayout(image, await temporaryFolder(t));
  const built = await buildForTest(t, { base });
  for (const { mediaType } of built.image.manifest.layers) {
    assert.equal(mediaType, "application/vnd.oci.image.layer.v1.tar+gzip");
  }
  assert.ok(image.blobs.has(built.image.manifest.layers[0].digest));
});

test("each architecture may have a base of its own", async (t) => {
  const folder = await temporaryFolder(t);
  const amd = madeUpImage({ architectures: ["amd64"], release: "amd" });
  const arm = madeUpImage({ architectures: ["arm64"], release: "arm" });
  const base = { x64: await writeLayout(amd, join(folder, "amd")), arm64: await writeLayout(arm, join(folder, "arm")) };
  const groups = { x64: exampleGroups("x64"), arm64: exampleGroups("arm64") };
  const { layout } = await buildForTest(t, { base, groups });
  assert.deepEqual(layout.images[0]?.tars[0], amd.layers.amd64);
  assert.deepEqual(layout.images[1]?.tars[0], arm.layers.arm64);
});

test("a base of another architecture is unsuitable, and the message says which it has", async (t) => {
  const folder = await temporaryFolder(t);
  const base = await writeLayout(madeUpImage({ architectures: ["arm64"] }), join(folder, "arm"));
  await assert.rejects(buildForTest(t, { base }), {
    code: "image-base-unsuitable",
    message: /no image for linux\/amd64/,
  });
  const saved = await written(t, dockerArchive(madeUpImage()));
  await assert.rejects(buildForTest(t, { base: saved, groups: { arm64: exampleGroups("arm64") } }), {
    code: "image-base-unsuitable",
    message: /is for linux\/amd64, and linux\/arm64 is being built/,
  });
});

test("a base on musl, and one without any libc, are unsuitable unless that is wanted", async (t) => {
  const folder = await temporaryFolder(t);
  const musl = await writeLayout(madeUpImage({ libc: "musl" }), join(folder, "musl"));
  await assert.rejects(buildForTest(t, { base: musl }), {
    code: "image-base-unsuitable",
    message: /musl.*node:24-slim/,
  });
  const none = await writeLayout(madeUpImage({ libc: "none" }), join(folder, "none"));
  await assert.rejects(buildForTest(t, { base: none }), {
    code: "image-base-unsuitable",
    message: /no dynamic loader/,
  });
  await buildForTest(t, { base: musl, glibc: false });
});

const BROKEN: Readonly<
  Record<string, { readonly break: (folder: string) => Promise<unknown>; readonly says: RegExp }>
> = {
  "a folder that is not a layout": { break: (folder) => rm(join(folder, "oci-layout")), says: /no file oci-layout/ },
  "a layout without index.json": { break: (folder) => rm(join(folder, "index.json")), says: /no index\.json/ },
  "an index.json that is not JSON": { break: (folder) => writeFile(join(folder, "index.json"), "{"), says: /not JSON/ },
  "an index.json without manifests": {
    break: (folder) => writeFile(join(folder, "index.json"), "{}"),
    says: /no manifests/,
  },
  "a layout without its blobs": {
    break: (folder) => rm(join(folder, "blobs"), { recursive: true }),
    says: /does not exist/,
  },
};

for (const [what, broken] of Object.entries(BROKEN)) {
  test(`${what} is one clear error`, async (t) => {
    const base = await writeLayout(madeUpImage(), await temporaryFolder(t));
    await broken.break(base);
    await assert.rejects(buildForTest(t, { base }), (error: Error & { code?: string }) => {
      assert.equal(error.code, "image-base-unreadable");
      assert.match(error.message, broken.says);
      assert.ok(error.message.includes(base), "the message names the base");
      return true;
    });
  });
}

test("a path that does not exist, a file that is not a tar, and an empty tar are each one clear error", async (t) => {
  const folder = await temporaryFolder(t);
  const unreadable = { code: "image-base-unreadable" };
  await assert.rejects(buildForTest(t, { base: join(folder, "nothing") }), {
    ...unreadable,
    message: /does not exist/,
  });
  await assert.rejects(buildForTest(t, { base: await written(t, Buffer.alloc(5000, "text")) }), unreadable);
  await assert.rejects(buildForTest(t, { base: await written(t, Buffer.alloc(10240)) }), unreadable);
  await assert.rejects(buildForTest(t, { base: await written(t, Buffer.from([0x1f, 0x8b, 1, 2, 3])) }), unreadable);
  await assert.rejects(buildForTest(t, { base: "Not A Reference" }), unreadable);
});

test("a manifest whose bytes were changed is not believed", async (t) => {
  const image = madeUpImage();
  const base = await writeLayout(image, await temporaryFolder(t));
  const digest = image.manifests.amd64?.digest ?? "";
  const file = join(base, "blobs/sha256", digest.slice(7));
  await writeFile(file, (await readFile(file, "utf8")).replace("schemaVersion", "schemaversion"));
  await assert.rejects(buildForTest(t, { base }), { code: "image-base-unreadable", message: /damaged or was changed/ });
});

test("a folder whose name reads like a reference is the folder", async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "node"));
  await writeLayout(madeUpImage({ release: "local" }), join(folder, "node"));
  const before = process.cwd();
  process.chdir(folder);
  t.after(() => process.chdir(before));
  const built = await buildForTest(t, { base: "node" });
  assert.deepEqual(built.image.tars[0], madeUpImage({ release: "local" }).layers.amd64);
});
