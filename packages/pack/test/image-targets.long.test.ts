import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { BuildOptions, BuildResult } from "@tricast/pack";
import { madeUpImage, writeLayout } from "./image/support/made-up-base.ts";
import { type Document, readLayout } from "./image/support/read-image.ts";
import { startRegistry } from "./image/support/registry-server.ts";
import { writeElf } from "./support/elf-writer.ts";
import { listFiles, scratch, writeFiles } from "./support/folders.ts";
import { TestProject } from "./support/project.ts";

const folder = scratch();
let made = 0;

function project(files: Readonly<Record<string, string | Uint8Array>> = {}): TestProject {
  return new TestProject(join(folder, String(made++)), files);
}

const BOTH = { targets: ["container"], archs: ["x64", "arm64"], base: "scratch" } as const;

// Layers of these tests do not go where the user's lie.
const cacheBefore = process.env.XDG_CACHE_HOME;
before(() => {
  process.env.XDG_CACHE_HOME = join(folder, "cache");
});
after(() => {
  if (cacheBefore === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cacheBefore;
});

async function images(one: BuildResult | undefined): Promise<readonly Document[]> {
  return (await readLayout(join(one?.folder ?? "", "image"))).images;
}

async function refuses(one: TestProject, options: Partial<BuildOptions>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(one.build(options), (error: { code?: string; message: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(one.left(), []);
}

describe("a container for both architectures", () => {
  it("is one image with an index, beside the files of each", async () => {
    const one = project();
    const results = await one.build(BOTH);
    assert.deepEqual(
      results.map((result) => [result.folder.slice(one.out.length + 1), result.manifest.arch]),
      [
        ["probe/container-x64", "x64"],
        ["probe/container-arm64", "arm64"],
        ["probe/container-x64+arm64", "x64+arm64"],
      ],
    );
    const index = results[2];
    assert.deepEqual(
      (await images(index)).map(({ config }) => config.architecture),
      ["amd64", "arm64"],
    );
    assert.deepEqual(
      index?.manifest.image?.platforms.map(({ platform }) => platform),
      ["linux/amd64", "linux/arm64"],
    );
    assert.deepEqual(
      index?.manifest.outputs
        .map(({ file }) => file)
        .concat("build.json")
        .sort(),
      listFiles(index?.folder ?? ""),
    );
    assert.ok(existsSync(join(results[0]?.folder ?? "", "sbom.cdx.json")) && results[0]?.manifest.image === undefined);
  });

  it("is left alone when nothing changed, and mended when somebody changed it", async () => {
    const one = project();
    await one.build(BOTH);
    const again = async () => (await one.build(BOTH)).map(({ unchanged }) => unchanged);
    assert.deepEqual(await again(), [true, true, true]);
    writeFileSync(join(one.out, "probe/container-x64+arm64/image/index.json"), "{}");
    assert.deepEqual(await again(), [true, true, false]);
    rmSync(join(one.out, "probe/container-x64+arm64/image/blobs"), { recursive: true });
    assert.deepEqual(await again(), [true, true, false]);
    assert.deepEqual(await again(), [true, true, true]);
  });

  it("is built again when the base is another under the same name", async () => {
    const one = project();
    const base = join(folder, "moving");
    await writeLayout(madeUpImage({ release: "first" }), base);
    const build = async () => (await one.build({ ...BOTH, base })).map(({ unchanged }) => unchanged);
    assert.deepEqual([await build(), await build()].flat(), [false, false, false, true, true, true]);
    rmSync(base, { recursive: true });
    await writeLayout(madeUpImage({ release: "second" }), base);
    assert.deepEqual(await build(), [true, true, false]);
  });
});

describe("Lambda images for both architectures", () => {
  it("stay two, as a function takes no index", async () => {
    const base = join(folder, "lambda-base");
    await writeLayout(madeUpImage({ config: { Entrypoint: ["/lambda-entrypoint.sh"] } }), base);
    const results = await project().build({ ...BOTH, targets: ["aws-lambda-image"], base });
    assert.deepEqual(
      await Promise.all(results.map(async (result) => (await images(result)).map(({ config }) => config.architecture))),
      [["amd64"], ["arm64"]],
    );
  });
});

describe("a docker-archive", () => {
  it("is one file, under the predictor's name and version", async () => {
    const [result] = await project().build({ ...BOTH, archs: ["arm64"], imageFormat: "docker-archive" });
    const archive = readFileSync(join(result?.folder ?? "", "image.tar"), "latin1");
    assert.equal(result?.manifest.image?.file, "image.tar");
    assert.match(archive, /"RepoTags":\["docker\.io\/library\/probe:1"\]/);
  });
});

describe("a push", () => {
  it("gives the registry the image under the tag, and nothing the second time", async (t) => {
    const registry = await startRegistry(t);
    const one = project();
    const push = `${registry.host}/team/{predictor}-{target}:1`;
    const [, , first] = await one.build({ ...BOTH, push });
    assert.equal(first?.pushed?.reference, `${registry.host}/team/probe-container@${first?.manifest.image?.digest}`);
    assert.ok((first?.pushed?.uploaded.length ?? 0) > 0);
    assert.ok(registry.manifests.has("team/probe-container 1"));
    const [, , second] = await one.build({ ...BOTH, push });
    assert.deepEqual([second?.pushed?.uploaded, second?.manifest.image?.digest], [[], first?.manifest.image?.digest]);
  });

  it("that the registry refuses leaves no output", async (t) => {
    const registry = await startRegistry(t, { auth: "basic" });
    const one = project();
    process.env.DOCKER_CONFIG = join(folder, "no docker");
    t.after(() => delete process.env.DOCKER_CONFIG);
    const push = `${registry.host}/team/probe:1`;
    await refuses(one, { ...BOTH, archs: ["x64"], push }, "registry-denied", /docker login/);
  });

  it("signs in as docker login did", async (t) => {
    const { USER, PASSWORD } = await import("./image/support/registry-server.ts");
    const registry = await startRegistry(t, { auth: "basic" });
    const auth = Buffer.from(`${USER}:${PASSWORD}`).toString("base64");
    writeFiles(join(folder, "docker"), { "config.json": JSON.stringify({ auths: { [registry.host]: { auth } } }) });
    process.env.DOCKER_CONFIG = join(folder, "docker");
    t.after(() => delete process.env.DOCKER_CONFIG);
    const [result] = await project().build({ ...BOTH, archs: ["x64"], push: `${registry.host}/team/probe:1` });
    assert.ok((result?.pushed?.uploaded.length ?? 0) > 0);
  });
});

describe("options that contradict each other", () => {
  const LAMBDA = ["aws-lambda-image"] as const;
  const cases: Readonly<Record<string, [Partial<BuildOptions>, RegExp]>> = {
    "a push without an image target": [
      { targets: ["aws-lambda"], push: "a/b:1" },
      /^push is for images, and aws-lambda makes no image; build aws-lambda-image or container/,
    ],
    "a base without an image target": [{ targets: ["aws-lambda"], base: "scratch" }, /^base is for images/],
    "a push without a base": [
      { targets: ["container"], push: "a/b:1" },
      /^push is for a finished image, which needs a base; set one \(--base\), such as docker\.io\/library\/node:24-slim/,
    ],
    "a Lambda image for both architectures under one reference": [
      { ...BOTH, targets: LAMBDA, push: "a/b:1" },
      /aws-lambda-image is built for x64 and arm64: a Lambda function takes one manifest, not an index/,
    ],
    "two images under one reference": [
      { targets: ["aws-lambda-image", "container"], base: "scratch", push: "a/b:1" },
      /"a\/b:1" for both aws-lambda-image and container; .*\{target\}/,
    ],
    "an index in a docker-archive": [
      { ...BOTH, imageFormat: "docker-archive" },
      /holds one platform, and container is built for x64 and arm64/,
    ],
    "a malformed reference": [{ ...BOTH, push: "Team/Probe:1" }, /not an image reference/],
    "an unknown form": [{ ...BOTH, imageFormat: "squashfs" as "oci" }, /must be oci or docker-archive/],
  };
  for (const [what, [options, message]] of Object.entries(cases))
    it(`${what} is refused before anything is built`, () => refuses(project(), options, "invalid-option", message));
});

describe("a base", () => {
  it("without one of the architectures is refused, and says what it has", async () => {
    const base = await writeLayout(madeUpImage({ architectures: ["amd64"] }), join(folder, "amd only"));
    await refuses(
      project(),
      { ...BOTH, base },
      "image-base-unsuitable",
      /has no image for linux\/arm64; it has linux\/amd64/,
    );
  });

  it("on musl is refused", async () => {
    const base = await writeLayout(madeUpImage({ libc: "musl" }), join(folder, "musl"));
    await refuses(project(), { ...BOTH, base }, "image-base-unsuitable", /musl.*node:24-slim/);
  });

  it("with an older glibc than a native file needs is refused, and one with that very version is not", async () => {
    const addon = writeElf({ machine: 62, needs: ["libc.so.6"], versions: ["GLIBC_2.31"] });
    const server = `
      import { serve } from "@tricast/server";
      import predictor from "./predict.ts";
      serve(predictor);
      export const load = () => require("./own.node");
    `;
    const one = project({ "own.node": addon, "server.ts": server });
    const old = await writeLayout(madeUpImage({ glibc: "2.30" }), join(folder, "glibc 2.30"));
    await refuses(
      one,
      { targets: ["container"], base: old },
      "wrong-architecture",
      /own\.node cannot be loaded there: it needs glibc 2\.31, and a container on .*glibc 2\.30 has 2\.30/,
    );
    const enough = await writeLayout(madeUpImage({ glibc: "2.31" }), join(folder, "glibc 2.31"));
    const [result] = await one.build({ targets: ["container"], base: enough });
    assert.ok(result?.manifest.image);
  });
});

describe("a Lambda image on a base without a runtime client", () => {
  const LAMBDA = { targets: ["aws-lambda-image"] } as const;
  const base = join(folder, "plain");
  const MANIFEST = {
    name: "aws-lambda-ric",
    version: "4.0.2",
    type: "module",
    bin: { "aws-lambda-ric": "./index.mjs" },
  };

  before(() => writeLayout(madeUpImage({ glibc: "2.36", config: { Entrypoint: ["docker-entrypoint.sh"] } }), base));

  function withClient(files: Readonly<Record<string, string | Uint8Array>>): TestProject {
    const one = project();
    const common = {
      "package.json": JSON.stringify(MANIFEST),
      "index.mjs": "",
      "deps/curl.tar.xz": "x",
      LICENSE: "Apache",
    };
    writeFiles(join(one.root, "node_modules/aws-lambda-ric"), { ...common, ...files });
    return one;
  }

  it("asks for AWS's where it is not installed", () =>
    refuses(
      project(),
      { ...LAMBDA, base },
      "missing-dependency",
      /the base image has no runtime client of Lambda, and aws-lambda-ric is not installed .*npm install aws-lambda-ric, or build on public\.ecr\.aws/,
    ));

  it("asks for its native part where its install script did not run", () =>
    refuses(withClient({}), { ...LAMBDA, base }, "missing-dependency", /without rapid-client\.node.*npm rebuild/));

  it("refuses a native part for another processor", () =>
    refuses(
      withClient({ "rapid-client.node": writeElf({ machine: 62 }) }),
      { ...LAMBDA, base, archs: ["arm64"] },
      "wrong-architecture",
      /aws-lambda-ric@4\.0\.2\/rapid-client\.node cannot be loaded there: it is for x64/,
    ));

  it("starts the project's own, without what it was built from", async () => {
    const one = withClient({ "rapid-client.node": writeElf({ machine: 62 }) });
    const [result] = await one.build({ ...LAMBDA, base });
    const [image] = await images(result);
    assert.deepEqual(image?.config.config.Entrypoint, ["node", "/var/task/node_modules/aws-lambda-ric/index.mjs"]);
    assert.deepEqual(image?.config.config.Cmd, ["index.handler"]);
    const client = result?.manifest.artefacts[0]?.files.filter(({ path }) => path.startsWith("node_modules/"));
    assert.deepEqual(
      client?.map(({ path }) => path.slice("node_modules/aws-lambda-ric/".length)),
      ["LICENSE", "index.mjs", "package.json", "rapid-client.node"],
    );
    const bill = readFileSync(join(result?.folder ?? "", "sbom.cdx.json"), "utf8");
    assert.match(bill, /pkg:npm\/aws-lambda-ric@4\.0\.2/);
  });

  it("leaves AWS's own base its runtime client", async () => {
    const aws = { Env: ["LAMBDA_RUNTIME_DIR=/var/runtime"], Entrypoint: ["/lambda-entrypoint.sh"] };
    const own = await writeLayout(madeUpImage({ glibc: "2.34", config: aws }), join(folder, "aws"));
    const [result] = await project().build({ ...LAMBDA, base: own });
    const [image] = await images(result);
    assert.deepEqual(image?.config.config.Entrypoint, ["/lambda-entrypoint.sh"]);
  });
});
