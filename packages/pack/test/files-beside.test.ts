import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { transform } from "esbuild";
import { pathsBeside } from "../src/bundle/files-beside.ts";

const HEAD = `
import { readFileSync } from "node:fs";
import path, { dirname, join, resolve } from "node:path";
import url, { fileURLToPath } from "node:url";
`;

async function pathsIn(source: string): Promise<string[]> {
  const { code } = await transform(HEAD + source, { loader: "ts", minifyWhitespace: true });
  return pathsBeside(code);
}

describe("paths that a source names relative to itself", () => {
  const FOLDERS = [
    "import.meta.dirname",
    "__dirname",
    "dirname(fileURLToPath(import.meta.url))",
    "path.dirname(url.fileURLToPath(import.meta.url))",
    "dirname(import.meta.filename)",
    "path.dirname(__filename)",
    'fileURLToPath(new URL(".", import.meta.url))',
  ];
  const WAYS = [
    (folder: string) => `readFileSync(join(${folder}, "data", 'a.json'), "utf8");`,
    (folder: string) => `const file: string = path.resolve(${folder}, "./data/a.json");`,
    (folder: string) => `export const file = ${folder} + "/data/a.json";`,
    (folder: string) => `export const file = \`\${${folder}}/data/a.json\`;`,
    (folder: string) => `const here = ${folder}; export const read = () => readFileSync(join(here, "data/a.json"));`,
    (folder: string) => `let x = 1, $here = ${folder}; export const file = join($here, "data/a.json") + x;`,
  ];
  for (const folder of FOLDERS)
    it(`are found where the folder is ${folder}`, async () => {
      for (const way of WAYS) assert.deepEqual(await pathsIn(way(folder)), ["data/a.json"], way(folder));
    });

  it("are found in a URL, without its query, and decoded", async () => {
    for (const text of [
      '"./data/a.json"',
      "'data/a.json'",
      "`./data/a.json`",
      '"./data/a.json?v=1#x"',
      '"./d%61ta/a.json"',
    ])
      assert.deepEqual(await pathsIn(`readFileSync(new URL(${text}, import.meta.url));`), ["data/a.json"], text);
    assert.deepEqual(await pathsIn('new Worker(new URL("../worker.js", import.meta.url));'), ["../worker.js"]);
  });

  it("are not found in comments, addresses, other folders, and paths that are computed", async () => {
    const sources = [
      '// new URL("./a.json", import.meta.url)\n/* join(__dirname, "a.json") */',
      'new URL("https://example.org/a.json", import.meta.url);',
      'new URL("/etc/a.json", import.meta.url);',
      'new URL("./a.json", base);',
      'join(process.cwd(), "a.json");',
      "join(__dirname, name);",
      'join(__dirname, "data", name);',
      '__dirname + "/data/" + name;',
      `\`\${__dirname}/\${name}\`;`,
      'const here = __dirname; here.join("a.json"); other.here(join(there, "a.json"));',
      'const there = "x"; join(there, "a.json");',
      "join(__dirname, '.');",
    ];
    for (const source of sources) assert.deepEqual(await pathsIn(source), [], source);
  });
});
