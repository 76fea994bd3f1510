import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import {
  type Arch,
  buildImage,
  type FileGroup,
  findProject,
  type ImageOutput,
  type ImageReport,
  type ImageSettings,
  readDefinition,
  renderDockerfile,
  stageDockerContext,
} from "@tricast/pack";
import { collectFiles } from "../../packages/pack/src/files/collect-files.ts";
import { newSession } from "../../packages/pack/src/prepare/session.ts";
import { container } from "../../packages/pack/src/targets/container.ts";
import { ACCOUNT, freePort, type LocalRegistry, startLocalRegistry } from "./images/local-registry.ts";
import { writeArmRootfs, writeNodeRootfs } from "./images/root-file-system.ts";
import { snapshot } from "./images/snapshot.ts";
import { provideTools, run, skopeo } from "./images/tools.ts";

/**
 * Builds the iris server as an image for two architectures and checks it with other programs: a real registry
 * (docker-registry) with and without a password, skopeo, umoci, and buildah, which runs it and builds our Dockerfile.
 */
const HANDLERS = fileURLToPath(new URL("../../handlers", import.meta.url));
const GOLDEN = fileURLToPath(new URL("../../test/golden/iris.json", import.meta.url));
const BUILD_BOUND_MS = 5000;
const PLATFORMS = [
  ["x64", "amd64"],
  ["arm64", "arm64"],
] as const;

// biome-ignore lint/suspicious/noExplicitAny: documents of other programs, which each check asserts about
type Document = any;
type Groups = Readonly<Record<Arch, readonly FileGroup[]>>;

interface World {
  readonly folder: string;
  readonly groups: Groups;
  readonly settings: ImageSettings;
  /** An OCI layout of two architectures. */
  readonly base: string;
  readonly open: LocalRegistry;
  readonly closed: LocalRegistry;
}

type Check = readonly [name: string, check: (world: World) => Promise<void>];

const CHECKS: readonly Check[] = [
  ["a two-arch image on a local base, nothing cached, takes no more CPU than its bound", checkDuration],
  ["skopeo reads what was pushed, for both architectures", checkPush],
  ["a second push uploads no blob, by the registry's own log", checkSecondPush],
  ["a registry with a password takes it, and refuses a stranger", checkPassword],
  ["a base in the same registry is mounted", checkMount],
  ["umoci unpacks the pulled image to the files that went in", checkUnpacked],
  ["skopeo reads the docker-archive and copies it", checkDockerArchive],
  ["archives that skopeo writes are bases", checkArchivesAsBase],
  ["buildah runs it under its own user; it predicts what scikit-learn does over HTTP", checkRuns],
  ["buildah builds the Dockerfile to the same files and settings", checkDockerfile],
];

const missing = provideTools();
const skip = missing !== undefined && `images cannot be compared with other programs here: ${missing}`;

describe("images in other people's programs", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tricast-images-"));
  const registries: LocalRegistry[] = [];
  let world: World;
  before(async () => {
    const open = await startLocalRegistry(join(folder, "open"), false);
    registries.push(open);
    const closed = await startLocalRegistry(join(folder, "closed"), true);
    registries.push(closed);
    world = await prepare(folder, open, closed);
  });
  after(async () => {
    for (const registry of registries) await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [name, check] of CHECKS) it(name, () => check(world));
});

async function prepare(folder: string, open: LocalRegistry, closed: LocalRegistry): Promise<World> {
  const project = findProject("iris", HANDLERS);
  const definition = await readDefinition(project);
  const session = newSession();
  const collect = (arch: Arch) =>
    collectFiles({
      project,
      definition,
      target: "container",
      rules: container,
      arch,
      format: "cjs",
      layered: false,
      managedInstances: false,
      stores: [],
      include: [],
      base: undefined,
      session,
    });
  const [x64, arm64] = [await collect("x64"), await collect("arm64")];
  assert.ok(container.image !== undefined, "the target container has an image");
  const settings = container.image.settings(x64.facts);
  const base = await writeBase(folder, x64.groups);
  return { folder, groups: { x64: x64.groups, arm64: arm64.groups }, settings, base, open, closed };
}

async function writeBase(folder: string, groups: readonly FileGroup[]): Promise<string> {
  const base = { x64: join(folder, "node.tar"), arm64: join(folder, "arm64.tar") };
  const files = groups
    .flatMap((group) => group.files)
    .flatMap(({ content }) => ("from" in content ? [content.from] : []));
  const natives = files.filter((file) => /\.(?:node|so(?:\.\d+)*)$/.test(file));
  writeNodeRootfs(join(folder, "node"), base.x64, natives);
  writeArmRootfs(join(folder, "arm64"), base.arm64);
  const path = join(folder, "base");
  const settings = { root: "/app", user: null, env: { PATH: "/usr/local/bin:/usr/bin:/bin" } };
  const out = [{ kind: "oci-layout", path, tag: "base" }] as const;
  await buildImage({
    base,
    groups: { x64: [], arm64: [] },
    settings,
    out,
    cacheFolder: join(folder, "cache"),
    epoch: 0,
  });
  return path;
}

interface Wishes {
  readonly base?: string;
  readonly groups?: Partial<Groups>;
  readonly cache?: string;
}

function build(world: World, out: readonly ImageOutput[], wishes: Wishes = {}): Promise<ImageReport> {
  const { folder, groups, settings, base } = world;
  return buildImage({
    base: wishes.base ?? base,
    groups: wishes.groups ?? groups,
    settings,
    out,
    cacheFolder: join(folder, wishes.cache ?? "cache"),
    epoch: 0,
    registry: { credentials: async (registry) => (registry === world.closed.host ? ACCOUNT : undefined) },
  });
}

/** By this process's own time, which other programs do not lengthen. */
async function checkDuration(world: World): Promise<void> {
  const begun = process.cpuUsage();
  await build(world, [{ kind: "oci-layout", path: join(world.folder, "timed") }], { cache: "cold" });
  const { user, system } = process.cpuUsage(begun);
  const ms = (user + system) / 1000;
  console.log(`two-arch image, cold: ${(ms / 1000).toFixed(2)} s of CPU`);
  assert.ok(ms <= BUILD_BOUND_MS, `it took ${ms.toFixed(0)} ms`);
}

async function checkPush(world: World): Promise<void> {
  const reference = `${world.open.host}/team/iris:1`;
  const report = await build(world, [{ kind: "registry", reference }]);
  const source = `docker://${reference}`;
  const index = JSON.parse(await skopeo("inspect", "--tls-verify=false", "--raw", source)) as Document;
  assert.equal(index.mediaType, "application/vnd.oci.image.index.v1+json");
  for (const [position, [, architecture]] of PLATFORMS.entries()) {
    const override = ["--override-arch", architecture, "--override-os", "linux"];
    const seen = JSON.parse(await skopeo(...override, "inspect", "--tls-verify=false", source)) as Document;
    const ours = report.platforms[position];
    assert.equal(seen.Architecture, architecture);
    assert.deepEqual(
      seen.Layers.slice(-(ours?.layers.length ?? 0)),
      ours?.layers.map(({ digest }) => digest),
    );
    const config = JSON.parse(
      await skopeo(...override, "inspect", "--tls-verify=false", "--config", source),
    ) as Document;
    assert.equal(config.config.User, "65532:65532");
    assert.deepEqual(config.config.ExposedPorts, { "8080/tcp": {} });
  }
}

async function checkSecondPush(world: World): Promise<void> {
  const reference = `${world.open.host}/team/twice:1`;
  const before = world.open.uploads();
  const first = await build(world, [{ kind: "registry", reference }]);
  const between = world.open.uploads();
  assert.equal(between - before, first.pushes[0]?.uploaded.length);
  assert.ok(between > before, "the registry's log shows the uploads of the first push");
  const second = await build(world, [{ kind: "registry", reference }]);
  assert.equal(second.digest, first.digest);
  assert.deepEqual(second.pushes[0]?.uploaded, []);
  assert.equal(world.open.uploads(), between);
}

async function checkPassword(world: World): Promise<void> {
  const reference = `${world.closed.host}/team/iris:1`;
  const report = await build(world, [{ kind: "registry", reference }]);
  const account = ["--creds", `${ACCOUNT.username}:${ACCOUNT.password}`];
  const inspect = ["inspect", "--tls-verify=false", "--format", "{{.Digest}}"];
  assert.equal((await skopeo(...inspect, ...account, `docker://${reference}`)).trim(), report.digest);
  const stranger = buildImage({
    base: `${reference}`,
    groups: { x64: [] },
    settings: world.settings,
    out: [],
    cacheFolder: join(world.folder, "stranger"),
    registry: { credentials: async () => ({ username: "nobody", password: "wrong" }) },
  });
  await assert.rejects(stranger, { code: "registry-denied" });
}

async function checkMount(world: World): Promise<void> {
  const base = baseReference(world);
  await pushBase(world);
  const report = await build(world, [{ kind: "registry", reference: `${world.open.host}/team/mounted:1` }], { base });
  assert.equal(report.pushes[0]?.mounted.length, PLATFORMS.length, "one layer of each platform's base");
}

function baseReference({ open }: World): string {
  return `${open.host}/base/node:local`;
}

function pushBase(world: World): Promise<string> {
  const target = `docker://${baseReference(world)}`;
  return skopeo("copy", "--all", "--dest-tls-verify=false", `oci:${world.base}:base`, target);
}

async function checkUnpacked(world: World): Promise<void> {
  const reference = `docker://${world.open.host}/team/iris:1`;
  for (const [arch, architecture] of PLATFORMS) {
    const layout = join(world.folder, `pulled-${arch}`);
    const override = ["--override-arch", architecture, "--override-os", "linux"];
    await skopeo(...override, "copy", "--src-tls-verify=false", reference, `oci:${layout}:pulled`);
    const bundle = join(world.folder, `bundle-${arch}`);
    await unpack(`${layout}:pulled`, bundle);
    const expected = join(world.folder, `expected-${arch}`);
    await stageFlat(world.groups[arch], expected);
    assert.deepEqual(snapshot(join(bundle, "rootfs/app")), snapshot(expected));
  }
}

async function unpack(image: string, bundle: string): Promise<void> {
  const rootless = process.getuid?.() === 0 ? [] : ["--rootless"];
  await run("umoci", ["unpack", ...rootless, "--image", image, bundle]);
}

/** All groups in one folder, as in the image. */
async function stageFlat(groups: readonly FileGroup[], folder: string): Promise<void> {
  const files = groups.flatMap((group) => group.files);
  await stageDockerContext({ x64: [{ name: "handler", files }] }, `${folder}.context`);
  await run("mv", [join(`${folder}.context`, "handler"), folder]);
}

async function checkDockerArchive(world: World): Promise<void> {
  const path = join(world.folder, "iris.tar");
  const out = [{ kind: "docker-archive", path, tag: "example.org/iris:1", arch: "x64" }] as const;
  const report = await build(world, out);
  const seen = JSON.parse(await skopeo("inspect", "--config", `docker-archive:${path}`)) as Document;
  const own = report.platforms[0]?.layers.map(({ diffId }) => diffId) ?? [];
  assert.ok(own.length > 0);
  assert.deepEqual(seen.rootfs.diff_ids.slice(-own.length), own);
  await skopeo("copy", `docker-archive:${path}:example.org/iris:1`, `oci:${join(world.folder, "from-archive")}:1`);
  await skopeo("copy", `oci-archive:${path}`, `oci:${join(world.folder, "from-oci-archive")}:1`);
}

async function checkArchivesAsBase(world: World): Promise<void> {
  const layout = `oci:${world.base}:base`;
  const groups = { x64: world.groups.x64 };
  const platform = ["--override-arch", "amd64", "--override-os", "linux"];
  const diffIds: (readonly string[])[] = [];
  for (const kind of ["docker-archive", "oci-archive"]) {
    const base = join(world.folder, `base.${kind}.tar`);
    await skopeo(...platform, "copy", layout, `${kind}:${base}:base:1`);
    const path = join(world.folder, `on-${kind}`);
    await build(world, [{ kind: "oci-layout", path, tag: "1" }], { base, groups });
    const config = JSON.parse(await skopeo("inspect", "--config", `oci:${path}:1`)) as Document;
    diffIds.push(config.rootfs.diff_ids);
  }
  assert.deepEqual(diffIds[0], diffIds[1]);
}

/** Arguments that keep buildah's storage in the folder of these checks. */
function storage({ folder }: World): string[] {
  return ["--storage-driver", "vfs", "--root", join(folder, "buildah"), "--runroot", join(folder, "buildah-run")];
}

function buildah(world: World, ...args: string[]): Promise<string> {
  return run("buildah", [...storage(world), ...args]).then((text) => text.trim());
}

/** The image of one architecture, as a layout and in the registry, because buildah reads every name from a registry. */
async function localImage(world: World): Promise<{ readonly layout: string; readonly reference: string }> {
  const layout = join(world.folder, "local");
  const reference = `${world.open.host}/team/local:1`;
  const out = [
    { kind: "oci-layout", path: layout, tag: "local" },
    { kind: "registry", reference },
  ] as const;
  await build(world, out, { groups: { x64: world.groups.x64 } });
  return { layout, reference };
}

async function checkRuns(world: World): Promise<void> {
  const { layout, reference } = await localImage(world);
  const config = JSON.parse(await skopeo("inspect", "--config", `oci:${layout}:local`)) as Document;
  const container = await buildah(world, "from", "--tls-verify=false", "--signature-policy", policy(world), reference);
  const isolate = ["run", "--isolation", "chroot"];
  const user = await buildah(
    world,
    ...isolate,
    container,
    "--",
    "node",
    "-p",
    "[process.getuid(), process.getgid()].join(':')",
  );
  assert.equal(user, config.config.User);
  const port = await freePort();
  const command = [...config.config.Entrypoint, ...(config.config.Cmd ?? [])] as string[];
  const isolated = [...isolate, "--env", `PORT=${port}`, container, "--", ...command];
  const child = spawn("buildah", [...storage(world), ...isolated], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      log += chunk.toString("utf8");
    });
  }
  try {
    await comparePredictions(`http://127.0.0.1:${port}`).catch((error: Error) => {
      throw new Error(`${error.message}\n${log.slice(-2000)}`);
    });
  } finally {
    if (child.exitCode === null && child.pid !== undefined) {
      process.kill(-child.pid, "SIGKILL");
      await once(child, "exit");
    }
  }
}

/** Debian's buildah needs a policy file, but does not include one. */
function policy({ folder }: World): string {
  const path = join(folder, "policy.json");
  writeFileSync(path, JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
  return path;
}

interface Golden {
  readonly rows: readonly { readonly input: unknown; readonly label: string; readonly probabilities: number[] }[];
}

async function comparePredictions(url: string): Promise<void> {
  const { rows } = JSON.parse(readFileSync(GOLDEN, "utf8")) as Golden;
  assert.ok(rows.length > 0);
  await untilReady(url);
  const response = await fetch(`${url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ instances: rows.map(({ input }) => input) }),
    signal: AbortSignal.timeout(30_000),
  });
  const { predictions } = (await response.json()) as Document;
  for (const [index, row] of rows.entries()) {
    assert.equal(predictions[index].label, row.label);
    for (const [place, probability] of (Object.values(predictions[index].probabilities) as number[]).entries()) {
      assert.ok(Math.abs(probability - (row.probabilities[place] as number)) <= 1e-5, `row ${index} is off`);
    }
  }
}

async function untilReady(url: string): Promise<void> {
  const giveUp = Date.now() + 20_000;
  for (;;) {
    try {
      const { status } = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2000) });
      if (status === 200) return;
    } catch (error) {
      if (Date.now() > giveUp) throw new Error(`the container does not answer: ${(error as Error).message}`);
    }
    if (Date.now() > giveUp) throw new Error("the container does not become ready");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function checkDockerfile(world: World): Promise<void> {
  await pushBase(world);
  const { layout } = await localImage(world);
  const bundle = join(world.folder, "bundle-local");
  await unpack(`${layout}:local`, bundle);
  const context = join(world.folder, "context");
  mkdirSync(context);
  const groups = { x64: world.groups.x64 };
  await stageDockerContext(groups, context);
  const dockerfile = renderDockerfile({ base: baseReference(world), groups, settings: world.settings });
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  const from = ["--tls-verify=false", "--signature-policy", policy(world), "--isolation", "chroot", "--layers=false"];
  await buildah(world, "bud", "--platform", "linux/amd64", ...from, "--tag", "built", context);
  const container = await buildah(world, "from", "--signature-policy", policy(world), "localhost/built");
  const mounted = await buildah(world, "mount", container);
  assert.deepEqual(snapshot(mounted), snapshot(join(bundle, "rootfs")));
  const inspected = JSON.parse(await buildah(world, "inspect", "--type", "image", "localhost/built")) as Document;
  const ours = JSON.parse(await skopeo("inspect", "--config", `oci:${layout}:local`)) as Document;
  assert.deepEqual(comparable(inspected.OCIv1.config), comparable(ours.config));
}

/** Buildah adds its own label. */
function comparable(config: Document): Document {
  const labels = Object.entries(config.Labels ?? {}).filter(([name]) => name !== "io.buildah.version");
  return { ...config, Env: [...config.Env].sort(), Labels: Object.fromEntries(labels) };
}
