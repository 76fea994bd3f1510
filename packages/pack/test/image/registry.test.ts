import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type BuildImageOptions, buildImage } from "../../src/image/build-image.ts";
import type { Credentials } from "../../src/image/registry/docker-config.ts";
import { buildForTest, SETTINGS } from "./support/build-for-test.ts";
import { exampleGroups } from "./support/groups.ts";
import { madeUpImage, sha256, writeLayout } from "./support/made-up-base.ts";
import {
  IDENTITY,
  PASSWORD,
  type RegistryServer,
  type ServerOptions,
  startRegistry,
  USER,
} from "./support/registry-server.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const BOTH = { x64: exampleGroups("x64"), arm64: exampleGroups("arm64") };
/** Digests of the base's layers. */
const LAYERS = [...madeUpImage().blobs].filter(([, bytes]) => bytes[0] === 0x1f).map(([digest]) => digest);
const RIGHT: Credentials = { username: USER, password: PASSWORD };

async function start(t: TestContext, options?: ServerOptions) {
  const registry = await startRegistry(t, options);
  registry.add("library/node", "24-slim", madeUpImage());
  return { registry, base: `${registry.host}/library/node:24-slim` };
}

/** Builds the two-arch example from the registry and pushes it to `team/iris:1` there. */
function push(t: TestContext, { host }: RegistryServer, options: Partial<BuildImageOptions> = {}, given?: Credentials) {
  return buildForTest(t, {
    base: `${host}/library/node:24-slim`,
    groups: BOTH,
    out: [{ kind: "registry", reference: `${host}/team/iris:1` }],
    registry: { credentials: async () => given, baseMs: 1 },
    ...options,
  });
}

/** Everything that the tag leads to is there, with the digests that it should have. */
function assertComplete({ manifests, blobs }: RegistryServer, digest: string): void {
  const index = manifests.get("team/iris 1");
  assert.ok(index !== undefined);
  assert.equal(sha256(index.bytes), digest);
  assert.deepEqual(manifests.get(`team/iris ${digest}`)?.bytes, index.bytes);
  const document = JSON.parse(`${index.bytes}`) as { manifests: { digest: string }[] };
  assert.equal(document.manifests.length, 2);
  for (const descriptor of document.manifests) {
    const manifest = manifests.get(`team/iris ${descriptor.digest}`);
    assert.equal(sha256(manifest?.bytes ?? Buffer.alloc(0)), descriptor.digest);
    const { config, layers } = JSON.parse(`${manifest?.bytes}`) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    assert.equal(layers.length, 5);
    for (const one of [config, ...layers])
      assert.equal(sha256(blobs.get(`team/iris ${one.digest}`) ?? Buffer.alloc(0)), one.digest);
  }
}

function uploadsOf({ seen }: RegistryServer): string[] {
  return seen
    .filter(({ method, target }) => method === "PUT" && target.includes("/blobs/"))
    .map(({ target }) => target);
}

for (const [auth, credentials] of [
  ["none", undefined],
  ["basic", RIGHT],
  ["bearer", RIGHT],
  ["bearer", { identityToken: IDENTITY }],
] as const) {
  const how = credentials !== undefined && "identityToken" in credentials ? "a refresh token" : auth;
  test(`a two-arch image is pulled and pushed with ${how}; the second push uploads nothing`, async (t) => {
    const { registry } = await start(t, { auth });
    const first = await push(t, registry, {}, credentials);
    assertComplete(registry, first.report.digest);
    const [report] = first.report.pushes;
    assert.equal(report?.reference, `${registry.host}/team/iris@${first.report.digest}`);
    assert.deepEqual([report?.uploaded.length, report?.mounted.length, report?.existing.length], [7, 2, 0]);
    assert.equal(uploadsOf(registry).length, 7, "runtime of each, three shared layers, two configs");

    const second = await push(t, registry, {}, credentials);
    assert.equal(second.report.digest, first.report.digest);
    assert.deepEqual(second.report.pushes[0]?.uploaded, []);
    assert.equal(second.report.pushes[0]?.existing.length, 9);
    assert.equal(uploadsOf(registry).length, 7);
  });
}

test("a layer of the base that lies in the same registry is mounted and never fetched", async (t) => {
  const { registry } = await start(t);
  await buildImage({
    base: `${registry.host}/library/node:24-slim`,
    groups: BOTH,
    settings: SETTINGS,
    glibc: false,
    out: [{ kind: "registry", reference: `${registry.host}/team/iris:1` }],
    cacheFolder: await temporaryFolder(t),
    registry: { credentials: async () => undefined },
  });
  const fetched = registry.seen.filter(
    ({ method, target }) => method === "GET" && LAYERS.some((one) => target.endsWith(one)),
  );
  assert.deepEqual(fetched, []);
  assert.equal(registry.seen.filter(({ target }) => target.includes("mount=")).length, 2);
});

test("a registry that does not mount gets an upload instead", async (t) => {
  const { registry } = await start(t, { mounts: false });
  const { report } = await push(t, registry);
  assertComplete(registry, report.digest);
  assert.equal(report.pushes[0]?.uploaded.length, 9);
});

test("a base of another registry is fetched and uploaded", async (t) => {
  const { base } = await start(t);
  const { registry: other } = await start(t);
  const { report } = await push(t, other, { base });
  assertComplete(other, report.digest);
  assert.equal(report.pushes[0]?.mounted.length, 0);
});

test("the annotations have the base's name and digest", async (t) => {
  const { registry, base } = await start(t);
  const { layout } = await push(t, registry);
  for (const { annotations } of [layout.document, ...layout.images.map(({ manifest }) => manifest)]) {
    assert.equal(annotations["org.opencontainers.image.base.name"], base);
    assert.equal(annotations["org.opencontainers.image.base.digest"], madeUpImage().index.digest);
  }
});

test("a base may be named by digest, of an index or of one manifest", async (t) => {
  const { registry } = await start(t);
  const image = madeUpImage();
  const groups = { x64: exampleGroups("x64") };
  for (const digest of [image.index.digest, image.manifests.amd64?.digest]) {
    const built = await buildForTest(t, { base: `${registry.host}/library/node@${digest}`, groups });
    assert.deepEqual(built.image.tars[0], image.layers.amd64);
  }
  const wrong = buildForTest(t, { base: `${registry.host}/library/node@${image.manifests.arm64?.digest}`, groups });
  await assert.rejects(wrong, { code: "image-base-unsuitable" });
});

for (const fault of [500, 503, 429, "reset"] as const) {
  test(`every request survives ${fault === "reset" ? "a connection that is cut" : `a ${fault}`} once`, async (t) => {
    const { registry } = await start(t, {
      auth: "bearer",
      fault: (_method, _target, count) => (count === 1 ? fault : undefined),
    });
    const { report } = await push(t, registry, {}, RIGHT);
    assertComplete(registry, report.digest);
    assert.equal(report.pushes[0]?.uploaded.length, 7);
  });
}

test("a download that breaks off is begun again", async (t) => {
  const { registry } = await start(t, {
    fault: (method, target, count) =>
      method === "GET" && target.includes("/blobs/") && count <= 2 ? "halfway" : undefined,
  });
  const { report } = await push(t, registry);
  assertComplete(registry, report.digest);
});

test("a layer that cannot be fetched while the image is written leaves nothing of it", async (t) => {
  const { registry } = await start(t, {
    fault: (method, target) => (method === "GET" && LAYERS.some((one) => target.endsWith(one)) ? 404 : undefined),
  });
  const folder = await temporaryFolder(t);
  const out = [
    { kind: "oci-layout", path: join(folder, "layout") },
    { kind: "docker-archive", path: join(folder, "image.tar"), tag: "iris", arch: "x64" },
  ] as const;
  for (const one of out) {
    const base = `${registry.host}/library/node:24-slim`;
    const options = { base, groups: BOTH, settings: SETTINGS, glibc: false, cacheFolder: await temporaryFolder(t) };
    await assert.rejects(buildImage({ ...options, out: [one] }), { code: "registry-unavailable" });
    assert.deepEqual(await readdir(folder), []);
  }
});

test("a registry that keeps failing is given up, and no tag is written", async (t) => {
  const { registry } = await start(t, {
    fault: (method, target) => (method === "PUT" && target.includes("/blobs/") ? 502 : undefined),
  });
  await assert.rejects(push(t, registry), {
    code: "registry-unavailable",
    message: /failed 5 times; the last time, it answered 502/,
  });
  assert.equal(registry.manifests.has("team/iris 1"), false);
});

for (const tokensEndAt of [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25]) {
  test(`a token that runs out at request ${tokensEndAt} is renewed`, async (t) => {
    const { registry } = await start(t, { auth: "bearer", tokensEndAt });
    const { report } = await push(t, registry, {}, RIGHT);
    assertComplete(registry, report.digest);
    assert.ok(
      registry.seen.some(({ status, target }) => status === 401 && target !== "/v2/"),
      "a request met the end of its token",
    );
  });
}

test("requests that wait for a token of the same scopes share it", async (t) => {
  const { registry } = await start(t, { auth: "bearer" });
  await push(t, registry, {}, RIGHT);
  const asked = registry.seen.map(({ target }) => target).filter((target) => /^\/token.*team/.test(target));
  assert.equal(asked.length, 2, "one to push, one to mount");
  assert.deepEqual(asked, [...new Set(asked)]);
});

test("wrong or missing credentials are registry-denied, with the way out", async (t) => {
  const wrong: Credentials = { username: USER, password: "no" };
  const { registry: basic } = await start(t, { auth: "basic" });
  await assert.rejects(push(t, basic), { code: "registry-denied", message: /docker login 127/ });
  await assert.rejects(push(t, basic, {}, wrong), (error: Error & { code?: string }) => {
    assert.equal(error.code, "registry-denied");
    assert.ok(!error.message.includes("bm86") && !error.message.includes(":no"), "no secret in the message");
    return true;
  });
  assert.ok(basic.seen.filter(({ status }) => status === 401).length < 12, "it is not hammered");
  const { registry: bearer } = await start(t, { auth: "bearer" });
  await assert.rejects(push(t, bearer, {}, wrong), { code: "registry-denied", message: /refuses a token/ });
  // A guest may pull and not push.
  await assert.rejects(push(t, bearer), { code: "registry-denied", message: /docker login/ });
  assert.equal(uploadsOf(bearer).length, 0);
});

test("an image that is not there, and a registry that is not there", async (t) => {
  const { registry } = await start(t);
  const groups = { x64: exampleGroups("x64") };
  const missing = buildForTest(t, { base: `${registry.host}/library/node:99`, groups });
  await assert.rejects(missing, { code: "image-base-unreadable", message: /does not have this image/ });
  const nobody = buildForTest(t, { base: "127.0.0.1:9/x", groups, registry: { baseMs: 1, attempts: 2 } });
  await assert.rejects(nobody, {
    code: "registry-unavailable",
    message: /failed 2 times; the last time, ECONNREFUSED/,
  });
});

test("a blob of other bytes than its digest is never used", async (t) => {
  const { registry } = await start(t);
  for (const [key, bytes] of registry.blobs)
    if (bytes[0] === 0x1f) registry.blobs.set(key, Buffer.alloc(bytes.length, 1));
  await assert.rejects(push(t, registry), { code: "image-base-unreadable", message: /damaged/ });
  assert.equal(uploadsOf(registry).length, 0);
});

test("credentials never follow a redirect to another host", async (t) => {
  const headers: (string | undefined)[] = [];
  let registry: RegistryServer | undefined;
  const bucket = createServer((request, response) => {
    headers.push(request.headers.authorization);
    response.end(registry?.blobs.get(`library/node ${request.url?.slice(1)}`));
  });
  bucket.listen(0, "127.0.0.1");
  await once(bucket, "listening");
  t.after(() => bucket.closeAllConnections());
  t.after(() => bucket.close());
  const origin = `http://127.0.0.1:${(bucket.address() as AddressInfo).port}`;
  registry = (await start(t, { auth: "bearer", blobsAt: () => origin })).registry;
  const base = `${registry.host}/library/node:24-slim`;
  const groups = { x64: exampleGroups("x64") };
  const { image } = await buildForTest(t, { base, groups, registry: { credentials: async () => RIGHT } });
  assert.deepEqual(image.tars[0], madeUpImage().layers.amd64);
  assert.ok(headers.length > 0);
  assert.deepEqual(new Set(headers), new Set([undefined]));
});

test("an image is not pushed when a file output fails", async (t) => {
  const { registry } = await start(t);
  const folder = await temporaryFolder(t);
  await writeLayout(madeUpImage(), join(folder, "file"));
  const out = [
    { kind: "registry", reference: `${registry.host}/team/iris:1` },
    { kind: "oci-layout", path: join(folder, "file/blobs") },
  ] as const;
  await assert.rejects(push(t, registry, { out }), { code: "invalid-option" });
  assert.equal(registry.manifests.has("team/iris 1"), false);
});
