import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { NOT_A_SCRIPT, type PackedPackage, packPackages } from "../../scripts/check/pack.ts";
import { tee } from "../../scripts/check/run.ts";
import { Registry } from "./support/registry.ts";

const CHILD = join(import.meta.dirname, "support", "publish-child.ts");
const CORE = "@tricast/core";
const AWS = "@tricast/aws-lambda";
const AZURE = "@tricast/azure-functions";

describe("publishing", () => {
  const scratch = mkdtempSync(join(tmpdir(), "tricast publish "));
  const registry = new Registry();
  let packages: readonly PackedPackage[];

  before(async () => {
    packages = packPackages(scratch, ["azure-functions", "aws-lambda", "core"]) ?? assert.fail("npm pack failed");
    await registry.start();
  });
  after(() => {
    registry.close();
    rmSync(scratch, { recursive: true });
  });

  async function publish(npmrc = registry.npmrc(), distTag = "latest") {
    const file = join(scratch, "packages.json");
    writeFileSync(file, JSON.stringify(packages));
    writeFileSync(join(scratch, "package.json"), "{}");
    writeFileSync(join(scratch, ".npmrc"), `${npmrc}cache=${join(scratch, "cache")}\n`);
    return tee(process.execPath, [CHILD, file, distTag], { env: NOT_A_SCRIPT });
  }

  it("stops where npm is not logged in, and names all that is left", async () => {
    const { status, stdout } = await publish(registry.npmrc({ loggedIn: false }));
    assert.equal(status, 1);
    assert.match(stdout, /Not published: @tricast\/core, @tricast\/aws-lambda, @tricast\/azure-functions\./);
    assert.deepEqual(registry.published, []);
  });

  it("stops at the first failure, and names what is left", async () => {
    registry.refused.add(AWS);
    const { status, stdout } = await publish();
    assert.equal(status, 1);
    assert.match(stdout, /@tricast\/core@\d+\.\d+\.\d+ published/);
    assert.match(stdout, /Not published: @tricast\/aws-lambda, @tricast\/azure-functions\./);
    assert.deepEqual(registry.published, [CORE]);
  });

  it("goes on where it stopped, when it is repeated", async () => {
    registry.refused.clear();
    const { status, stdout } = await publish();
    assert.equal(status, 0);
    assert.match(stdout, /@tricast\/core@\d+\.\d+\.\d+ is published already/);
    assert.deepEqual(registry.published, [CORE, AWS, AZURE]);
  });

  it("publishes nothing twice", async () => {
    const { status, stdout } = await publish();
    assert.equal(status, 0);
    assert.equal(stdout.match(/is published already/g)?.length, 3);
    assert.deepEqual(registry.published, [CORE, AWS, AZURE]);
  });

  it("gives the registry the manifest of the tarball", () => {
    for (const { manifest } of packages) {
      const published = registry.manifestOf(manifest.name) ?? assert.fail(`${manifest.name} is not there`);
      assert.deepEqual(published.exports, manifest.exports);
      assert.equal(JSON.stringify(published).includes("@tricast/source"), false);
      assert.deepEqual([published.scripts, published.devDependencies], [undefined, undefined]);
      assert.equal(published.license, "MIT");
    }
  });

  it("lets others install what was published", async () => {
    const project = join(scratch, "project");
    mkdirSync(project);
    writeFileSync(join(project, ".npmrc"), registry.npmrc({ loggedIn: false }));
    const dependencies = { [AWS]: "latest" };
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, dependencies }));
    const flags = ["install", "--no-audit", "--no-fund", "--cache", join(scratch, "cache")];
    const { status } = await tee("npm", flags, { cwd: project, env: NOT_A_SCRIPT });
    assert.equal(status, 0);
    for (const name of [CORE, AWS]) {
      const installed = join(project, "node_modules", name);
      const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { version: string };
      assert.equal(manifest.version, packages[0]?.manifest.version);
      assert.ok(existsSync(join(installed, "dist", "index.js")));
    }
  });
});
