import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { list } from "tar";
import { copyWorkspace } from "../../scripts/check/copy-workspace.ts";
import { NOT_A_SCRIPT } from "../../scripts/check/pack.ts";
import type { Manifest } from "../../scripts/check/repository.ts";

// The space in its name is the point: paths with spaces must work.
const scratch = mkdtempSync(join(tmpdir(), "tricast pack "));
const workspace = join(scratch, "workspace");
const packages = join(workspace, "packages");
const core = join(packages, "core");

describe("npm pack in the folder of a package", () => {
  let source: string;
  let out: string;
  let packs = 0;

  before(() => {
    copyWorkspace(workspace);
    source = readFileSync(join(core, "package.json"), "utf8");
  });
  beforeEach(() => {
    out = join(scratch, `out ${packs++}`);
    mkdirSync(out);
  });
  after(() => rmSync(scratch, { recursive: true }));

  async function npm(folder: string, ...args: string[]): Promise<{ readonly status: number; readonly text: string }> {
    const child = spawn("npm", args, { cwd: folder, env: { ...process.env, ...NOT_A_SCRIPT }, stdio: "pipe" });
    const [printed, told, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    return { status: status as number, text: printed + told };
  }

  async function pack(folder: string, into: string): Promise<void> {
    const { status, text } = await npm(folder, "pack", "--pack-destination", into);
    assert.equal(status, 0, text);
  }

  /** Whether nothing of a pack is left. */
  function assertAsBefore(): void {
    assert.equal(readFileSync(join(core, "package.json"), "utf8"), source);
    assert.deepEqual(leftovers(), []);
  }

  function leftovers(): string[] {
    return [...readdirSync(packages), ...readdirSync(core)].filter((name) => /^\.(packing|package)/.test(name));
  }

  it("gives the published package where nothing is built, and leaves the manifest as it was", async () => {
    assert.ok(!existsSync(join(core, "dist")));
    await pack(core, out);
    const { files, manifest } = contentsOf(out);
    for (const name of ["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"]) assert.ok(files.includes(name));
    assert.ok(!files.some((name) => name.startsWith("src/") || name.startsWith(".")));
    assert.deepEqual([manifest.scripts, manifest.devDependencies], [undefined, undefined]);
    assert.deepEqual(manifest.exports?.["."], { types: "./dist/index.d.ts", default: "./dist/index.js" });
    assertAsBefore();
  });

  it("packs what the sources are now, without what they were", async () => {
    await pack(core, out);
    appendFileSync(join(core, "dist", "left-over.js"), "");
    const again = join(out, "again");
    mkdirSync(again);
    await pack(core, again);
    assert.deepEqual(contentsOf(again).files, contentsOf(out).files);
  });

  it("packs twice at once in one folder and in two", async () => {
    const places = ["one", "two", "three"].map((name) => join(out, name));
    for (const place of places) mkdirSync(place);
    const [one = "", two = "", three = ""] = places;
    await Promise.all([pack(core, one), pack(core, two), pack(join(packages, "aws-lambda"), three)]);
    assert.deepEqual(contentsOf(one), contentsOf(two));
    for (const place of places) {
      const { manifest } = contentsOf(place);
      assert.deepEqual(manifest.scripts, undefined);
      assert.equal(JSON.stringify(manifest).includes("@tricast/source"), false);
    }
    assertAsBefore();
  });

  it("packs nothing that does not compile, and leaves the manifest as it was", async () => {
    const index = join(core, "src", "index.ts");
    const text = readFileSync(index, "utf8");
    appendFileSync(index, 'export const wrong: number = "text";\n');
    try {
      const { status, text } = await npm(core, "pack", "--pack-destination", out);
      assert.notEqual(status, 0);
      assert.match(text, /error TS2322/);
    } finally {
      rmSync(index);
      appendFileSync(index, text);
    }
    assert.deepEqual(readdirSync(out), []);
    assertAsBefore();
  });

  it("puts the manifest back when npm is killed before the tarball is written", async () => {
    const killed = await preparedBy();
    assert.notEqual(readFileSync(join(core, "package.json"), "utf8"), source);
    killed.kill("SIGKILL");
    while (leftovers().length > 0) await setTimeout(20);
    assertAsBefore();
  });

  it("lets the next pack in when npm is killed", async () => {
    const killed = await preparedBy();
    const next = pack(join(packages, "aws-lambda"), out);
    killed.kill("SIGKILL");
    await next;
    assertAsBefore();
  });

  it("is refused for npm publish", async () => {
    const { status, text } = await npm(core, "publish", "--dry-run");
    assert.notEqual(status, 0);
    assert.match(text, /npm run release/);
    assertAsBefore();
  });

  /** A process in the part of npm, for which `prepack` has run. */
  async function preparedBy() {
    const idle = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const args = ["scripts/bootstrap.mjs", "scripts/publish/prepack.ts", String(idle.pid)];
    const env = { ...process.env, ...NOT_A_SCRIPT, npm_package_json: join(core, "package.json") };
    const prepack = spawn(process.execPath, args, { cwd: workspace, env, stdio: ["ignore", "ignore", "inherit"] });
    const [status] = await once(prepack, "exit");
    assert.equal(status, 0);
    return idle;
  }
});

/** What is in the one tarball of a folder. */
function contentsOf(folder: string): { readonly files: readonly string[]; readonly manifest: Manifest } {
  const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  assert.equal(tarballs.length, 1);
  const files: string[] = [];
  const manifest: Buffer[] = [];
  list({
    file: join(folder, tarballs[0] ?? ""),
    sync: true,
    onReadEntry(entry) {
      const name = entry.path.slice("package/".length);
      files.push(name);
      if (name === "package.json") entry.on("data", (chunk) => manifest.push(chunk));
    },
  });
  return { files: files.sort(), manifest: JSON.parse(Buffer.concat(manifest).toString("utf8")) as Manifest };
}
