import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildImage } from "../../src/image/build-image.ts";
import { lambdaSettings, serverSettings } from "../../src/image/image-options.ts";
import { buildForTest, SETTINGS } from "./support/build-for-test.ts";
import { exampleGroups } from "./support/groups.ts";
import { madeUpImage, sha256, tarOf, writeLayout } from "./support/made-up-base.ts";
import { type Document, readLayout, untar } from "./support/read-image.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const BOTH = { x64: exampleGroups("x64"), arm64: exampleGroups("arm64") };

test("an image has the base's layers, then runtime, model, dependencies and handler", async (t) => {
  const base = madeUpImage();
  const path = await writeLayout(base, await temporaryFolder(t));
  const { image, report } = await buildForTest(t, { base: path });
  assert.equal(image.tars.length, 5);
  assert.deepEqual(image.tars[0], base.layers.amd64);
  const contents = await Promise.all(image.tars.slice(1).map(untar));
  assert.deepEqual(
    contents.map((members) =>
      members.filter(({ type }: Document) => type === "File").map(({ path: one }: Document) => one),
    ),
    [
      ["app/node_modules/onnxruntime-node/lib.node"],
      ["app/models/größe.json", "app/models/iris.ort"],
      ["app/node_modules/valibot/index.cjs"],
      ["app/bin/start", "app/index.cjs"],
    ],
  );
  assert.deepEqual(image.config.rootfs.diff_ids, image.tars.map(sha256));
  assert.deepEqual(
    report.platforms[0]?.layers.map(({ name }) => name),
    ["runtime", "model", "dependencies", "handler"],
  );
});

test("descriptors, history and platform agree with the bytes", async (t) => {
  const base = await writeLayout(madeUpImage(), await temporaryFolder(t));
  const { layout, image, report } = await buildForTest(t, { base, epoch: 1_700_000_000 });
  assert.equal(layout.root.digest, report.digest);
  assert.equal(layout.top.manifests[0].annotations["org.opencontainers.image.ref.name"], "test");
  assert.deepEqual(layout.root.platform, { architecture: "amd64", os: "linux" });
  for (const [index, descriptor] of image.manifest.layers.entries()) {
    assert.equal(descriptor.mediaType, "application/vnd.oci.image.layer.v1.tar+gzip");
    assert.equal(descriptor.size, image.layers[index].length);
    assert.equal(descriptor.digest, sha256(image.layers[index]));
  }
  const { architecture, os, created, history } = image.config;
  assert.deepEqual(
    { architecture, os, created },
    { architecture: "amd64", os: "linux", created: "2023-11-14T22:13:20Z" },
  );
  assert.equal(history.filter((entry: Document) => entry.empty_layer !== true).length, image.layers.length);
  assert.ok(history.slice(1).every((entry: Document) => entry.created === created));
});

test("two architectures give an index; layers that do not depend on the architecture are shared", async (t) => {
  const base = await writeLayout(madeUpImage(), await temporaryFolder(t));
  const { layout } = await buildForTest(t, { base, groups: BOTH });
  assert.equal(layout.document.mediaType, "application/vnd.oci.image.index.v1+json");
  assert.deepEqual(
    layout.images.map(({ descriptor }) => descriptor.platform),
    [
      { architecture: "amd64", os: "linux" },
      { architecture: "arm64", os: "linux" },
    ],
  );
  const [amd, arm] = layout.images.map(({ manifest }) => manifest.layers.map((layer: Document) => layer.digest));
  assert.deepEqual(amd.slice(2), arm.slice(2));
  assert.notEqual(amd[1], arm[1]);
  assert.deepEqual(
    layout.images.map(({ config }) => config.architecture),
    ["amd64", "arm64"],
  );
});

test("the config merges the base's settings with ours", async (t) => {
  const config = {
    Env: ["PATH=/usr/bin", "PORT=1", "BASE=a=b"],
    Cmd: ["sh"],
    Entrypoint: ["/entry"],
    ExposedPorts: { "9/tcp": {} },
    Healthcheck: { Test: ["CMD", "x"] },
    OnBuild: ["RUN x"],
    Labels: { from: "base", who: "base" },
    StopSignal: "SIGQUIT",
    User: "root",
  };
  const base = await writeLayout(madeUpImage({ config }), await temporaryFolder(t));
  const settings = serverSettings({
    entrypoint: ["node", "index.cjs"],
    port: 9000,
    labels: { who: "us" },
    env: { A: "1" },
  });
  const { image } = await buildForTest(t, { base, settings });
  assert.deepEqual(image.config.config, {
    User: "65532:65532",
    ExposedPorts: { "9/tcp": {}, "9000/tcp": {} },
    Env: ["PATH=/usr/bin", "PORT=9000", "BASE=a=b", "NODE_ENV=production", "MALLOC_ARENA_MAX=2", "A=1"],
    Entrypoint: ["node", "index.cjs"],
    WorkingDir: "/app",
    Labels: { from: "base", who: "us" },
    StopSignal: "SIGQUIT",
  });
});

test("annotations name title, revision, source, time and base, on the manifest and on the index", async (t) => {
  const base = madeUpImage();
  const settings = { ...SETTINGS, title: "iris", revision: "abc", source: "https://example.org/iris" };
  const path = await writeLayout(base, await temporaryFolder(t));
  const { layout } = await buildForTest(t, { base: path, groups: BOTH, settings });
  const expected = {
    "org.opencontainers.image.created": "1970-01-01T00:00:00Z",
    "org.opencontainers.image.revision": "abc",
    "org.opencontainers.image.source": "https://example.org/iris",
    "org.opencontainers.image.title": "iris",
  };
  for (const { manifest, descriptor } of layout.images) {
    const digest = base.manifests[descriptor.platform.architecture]?.digest;
    assert.deepEqual(manifest.annotations, { ...expected, "org.opencontainers.image.base.digest": digest });
  }
  assert.deepEqual(layout.document.annotations["org.opencontainers.image.title"], "iris");
});

test("an image for Lambda is one manifest without a user; its command is the handler", async (t) => {
  const base = await writeLayout(
    madeUpImage({ config: { Entrypoint: ["/lambda-entrypoint.sh"] } }),
    await temporaryFolder(t),
  );
  const settings = lambdaSettings({ handler: "index.handler" });
  const { layout, image } = await buildForTest(t, { base, settings, host: "aws-lambda" });
  assert.equal(layout.root.mediaType, "application/vnd.oci.image.manifest.v1+json");
  assert.deepEqual(image.config.config, {
    Env: [],
    Entrypoint: ["/lambda-entrypoint.sh"],
    Cmd: ["index.handler"],
    WorkingDir: "/var/task",
  });
});

test("Lambda refuses an index and a base without a runtime client; Cloud Run asks for amd64", async (t) => {
  const base = await writeLayout(madeUpImage(), await temporaryFolder(t));
  const settings = lambdaSettings({ handler: "index.handler" });
  const lambda = { base, settings, host: "aws-lambda" } as const;
  await assert.rejects(buildForTest(t, { ...lambda, groups: BOTH }), {
    code: "invalid-option",
    message: /one architecture/,
  });
  await assert.rejects(buildForTest(t, lambda), { code: "image-base-unsuitable", message: /runtime client/ });
  const armOnly = { base, host: "cloud-run", groups: { arm64: exampleGroups("arm64") } } as const;
  await assert.rejects(buildForTest(t, armOnly), { code: "invalid-option", message: /amd64/ });
});

const CONDITIONS: readonly { umask: string; env: Record<string, string> }[] = [
  { umask: "022", env: { TZ: "UTC", LC_ALL: "C" } },
  { umask: "077", env: { TZ: "Pacific/Auckland", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" } },
];

test("another folder, umask, zone, locale and file order give the same bytes", async (t) => {
  const program = fileURLToPath(new URL("support/reproduce.ts", import.meta.url));
  const results: string[] = [];
  for (const [index, { umask, env }] of CONDITIONS.entries()) {
    const cwd = await temporaryFolder(t);
    const script = 'umask "$1"; shift; exec "$@"';
    const command = [
      "-c",
      script,
      "sh",
      umask,
      process.execPath,
      "--conditions=@tricast/source",
      program,
      String(index),
    ];
    execFileSync("sh", command, { cwd, env: { PATH: process.env.PATH, HOME: cwd, ...env }, stdio: "pipe" });
    const files = (await readdir(join(cwd, "out"), { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    );
    const names = files.map((one) => join(one.parentPath, one.name)).sort();
    const sums = await Promise.all(
      names.map(async (name) => `${name.slice(cwd.length)} ${sha256(await readFile(name))}`),
    );
    results.push(sums.join("\n"));
  }
  assert.match(results[0] as string, /image\.tar sha256/);
  assert.match(results[0] as string, /layout\/index\.json sha256/);
  assert.equal(results[1], results[0]);
});

test("SOURCE_DATE_EPOCH changes the time of files and image, and must be a number", async (t) => {
  process.env.SOURCE_DATE_EPOCH = "1600000000";
  t.after(() => {
    delete process.env.SOURCE_DATE_EPOCH;
  });
  const { image } = await buildForTest(t, { epoch: undefined });
  assert.equal(image.config.created, "2020-09-13T12:26:40Z");
  for (const { mtime } of await untar(image.tars[0])) assert.equal(mtime, 1_600_000_000);
  process.env.SOURCE_DATE_EPOCH = "yesterday";
  await assert.rejects(buildForTest(t, { epoch: undefined }), { code: "invalid-option", message: /yesterday/ });
});

test("an archive for docker load holds one platform under its tag, its layers named by their digests", async (t) => {
  const folder = await temporaryFolder(t);
  const base = await writeLayout(madeUpImage(), join(folder, "base"));
  const path = join(folder, "image.tar");
  const out = [{ kind: "docker-archive", path, tag: "iris:1", arch: "arm64" }] as const;
  const { layout } = await buildForTest(t, { base, groups: BOTH, out });
  const members = new Map((await untar(await readFile(path))).map(({ path: name, bytes }) => [name, bytes]));
  const [entry] = JSON.parse(`${members.get("manifest.json")}`) as Document[];
  assert.deepEqual(entry.RepoTags, ["docker.io/library/iris:1"]);
  const config = members.get(entry.Config) as Buffer;
  assert.deepEqual(JSON.parse(`${config}`), layout.images[1]?.config);
  assert.deepEqual(
    entry.Layers.map((name: string) => sha256(members.get(name) as Buffer)),
    layout.images[1]?.manifest.layers.map((layer: Document) => layer.digest),
  );
  for (const [name, bytes] of members) {
    if (/^blobs\/sha256\/./.test(name)) assert.equal(name, `blobs/sha256/${sha256(bytes).slice(7)}`);
  }
  await assert.rejects(
    buildForTest(t, { base, groups: BOTH, out: [{ kind: "docker-archive", path, tag: "iris:1" }] }),
    {
      code: "invalid-option",
      message: /give arch/,
    },
  );
});

test("an archive of ours is a base again", async (t) => {
  const folder = await temporaryFolder(t);
  const base = await writeLayout(madeUpImage(), join(folder, "base"));
  const path = join(folder, "image.tar");
  const first = await buildForTest(t, { base, out: [{ kind: "docker-archive", path, tag: "iris:1" }] });
  const second = await buildForTest(t, { base: path });
  assert.deepEqual(second.image.manifest.layers.slice(0, 5), first.image.manifest.layers);
});

test("a layout that is there is replaced; a folder with anything else is left alone", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "image");
  const options = { base: "scratch", settings: SETTINGS, cacheFolder: join(folder, "cache"), epoch: 0 };
  const out = [{ kind: "oci-layout", path }] as const;
  await buildImage({ ...options, out, groups: { x64: exampleGroups("x64", "one") } });
  const first = await readLayout(path);
  await buildImage({ ...options, out, groups: { x64: exampleGroups("x64", "two") } });
  const second = await readLayout(path);
  assert.notEqual(second.root.digest, first.root.digest);
  const names = (await readdir(join(path, "blobs/sha256"))).sort();
  assert.equal(names.length, 6, "nothing of the first image is left");

  const precious = join(folder, "precious");
  await mkdir(precious);
  await writeFile(join(precious, "thesis.txt"), "years of work");
  const wrong = [{ kind: "oci-layout", path: precious }] as const;
  await assert.rejects(buildImage({ ...options, out: wrong, groups: { x64: exampleGroups() } }), {
    code: "invalid-option",
  });
  assert.deepEqual(await readdir(precious), ["thesis.txt"]);
});

test("a build that fails leaves no output and no half of one", async (t) => {
  const folder = await temporaryFolder(t);
  const image = madeUpImage();
  const base = await writeLayout(image, join(folder, "base"));
  const layer = [...image.blobs].find(([, bytes]) => bytes[0] === 0x1f)?.[0] as string;
  const file = join(base, "blobs/sha256", layer.slice(7));
  const bytes = await readFile(file);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
  await writeFile(file, bytes);
  const out = [
    { kind: "oci-layout", path: join(folder, "out/layout") },
    { kind: "docker-archive", path: join(folder, "out/image.tar"), tag: "iris" },
  ] as const;
  const options = {
    base,
    groups: { x64: exampleGroups() },
    settings: SETTINGS,
    out,
    cacheFolder: join(folder, "cache"),
  };
  await assert.rejects(buildImage({ ...options, glibc: false }), { code: "image-base-unreadable", message: /damaged/ });
  await assert.rejects(buildImage(options), { code: "image-base-unreadable", message: /damaged/ });
  assert.deepEqual(await readdir(join(folder, "out")).catch(() => []), []);
});

test("files may go onto a plain root file system", async (t) => {
  const folder = await temporaryFolder(t);
  const rootfs = tarOf({ "bin/node": "node", "lib64/ld-linux-x86-64.so.2": "loader" });
  const base = join(folder, "rootfs.tar");
  await writeFile(base, rootfs);
  const { image } = await buildForTest(t, { base });
  assert.deepEqual(image.tars[0], rootfs);
  assert.equal(image.config.history.length, 6);
});
