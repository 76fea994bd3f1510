import assert from "node:assert/strict";
import { it } from "node:test";
import { runtimeFiles } from "../src/native/package-files.ts";
import { writeElf } from "./support/elf-writer.ts";
import { scratch, writeFiles } from "./support/folders.ts";

const SYSTEM = { name: "AWS Lambda", arch: "x64", glibc: "2.34" } as const;
const FOLDERS = ["doc", "docs", "test", "tests", "example", "examples", "fixtures", "__tests__", "lib"];

for (const folder of FOLDERS)
  it(`keeps what a package may load from a folder ${folder}, and drops files that nothing runs`, () => {
    const root = scratch();
    const kept = ["index.js", "data.json", "prompt.md", "words.map", "page.txt", "LICENSE.md"];
    const dropped = ["index.d.ts", "index.ts", "index.js.map", "README.md", "binding.cc", "binding.gyp", "addon.dll"];
    const write = (name: string) => [`${folder}/${name}`, "text"] as const;
    writeFiles(root, Object.fromEntries([...kept, ...dropped].map(write)));
    assert.deepEqual(runtimeFiles(root, SYSTEM), kept.map((name) => `${folder}/${name}`).sort());
  });

it("drops an addon for another processor from a folder of tests only", () => {
  const root = scratch();
  const addon = writeElf({ machine: 183 });
  writeFiles(root, { "test/addon.node": addon, "lib/addon.node": addon, "docs/good.node": writeElf({ machine: 62 }) });
  assert.deepEqual(runtimeFiles(root, SYSTEM), ["docs/good.node", "lib/addon.node"]);
});
