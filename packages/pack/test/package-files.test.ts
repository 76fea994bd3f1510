import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runtimeFiles } from "../src/native/package-files.ts";
import { writeElf } from "./support/elf-writer.ts";
import { scratch, writeFiles } from "./support/folders.ts";

const folder = scratch();
const SYSTEM = { name: "Lambda", arch: "x64", glibc: "2.34" } as const;
let made = 0;

function kept(files: Readonly<Record<string, string | Uint8Array>>): string[] {
  const at = join(folder, String(made++));
  writeFiles(at, { "package.json": "{}", ...files });
  return runtimeFiles(at, SYSTEM).filter((file) => file !== "package.json");
}

const nothing = (paths: readonly string[]) => Object.fromEntries(paths.map((path) => [path, ""]));

describe("the files of a package with native code", () => {
  it("are not left out for the name of a folder", () => {
    const names = [
      "doc",
      "docs",
      "test",
      "tests",
      "__tests__",
      "example",
      "examples",
      "fixtures",
      "bench",
      "man",
      "src",
    ];
    const files = names.flatMap((name) => [`${name}/index.js`, `lib/${name}/data.json`, `${name}/nested/page.html`]);
    assert.deepEqual(kept(nothing(files)), files.sort());
  });

  it("are left out by their kind: sources of a native build, TypeScript, source maps, documents of the package", () => {
    const never = [
      "src/addon.cc",
      "deps/sqlite3.c",
      "include/addon.h",
      "binding.gyp",
      "build/Release/obj.target/addon.o",
      "build/Release/addon.pdb",
      "index.d.ts",
      "index.d.mts",
      "lib/index.ts",
      "dist/index.js.map",
      "dist/index.d.ts.map",
      "README.md",
      "docs/Readme.markdown",
      "CHANGELOG.md",
      "CHANGELOG-1.x.md",
      ".github/workflows/ci.yml",
    ];
    assert.deepEqual(kept(nothing(never)), []);
  });

  it("stay if they only look like those", () => {
    const data = ["prompts/system.md", "levels/world.map", "LICENSE.md", "readme.js", "lib/history.js", "test.js"];
    assert.deepEqual(kept(nothing(data)), data.sort());
  });

  it("stay without addons for other systems, and without addons of tests that cannot be loaded", () => {
    const own = writeElf({ machine: 62 });
    const files = {
      "prebuilds/linux-x64/a.node": own,
      "test/fixtures/own.node": own,
      "test/fixtures/arm.node": writeElf({ machine: 183 }),
      "examples/empty.node": "",
      "prebuilds/darwin-x64/a.node": "",
      "prebuilds/linux-arm64/a.node": "",
      "lib/a.dll": "",
    };
    assert.deepEqual(kept(files), ["prebuilds/linux-x64/a.node", "test/fixtures/own.node"]);
    // Outside of tests, the build refuses it.
    assert.deepEqual(kept({ "lib/broken.node": "" }), ["lib/broken.node"]);
  });

  it("stay if an install step made them as links within the package, and not if they lead out of it", () => {
    const at = join(folder, "links");
    writeFiles(at, { "lib/libx.so.1": writeElf({ machine: 62 }) });
    writeFiles(folder, { outside: "secret" });
    symlinkSync("libx.so.1", join(at, "lib/libx.so"));
    symlinkSync("../outside", join(at, "outside"));
    symlinkSync("nowhere", join(at, "broken"));
    assert.deepEqual(runtimeFiles(at, SYSTEM), ["lib/libx.so", "lib/libx.so.1"]);
  });

  it("of a package that is linked from its repository are without the repository", () => {
    assert.deepEqual(kept(nothing([".git/config", ".npmrc", "lib/.npmrc"])), ["lib/.npmrc"]);
  });
});
