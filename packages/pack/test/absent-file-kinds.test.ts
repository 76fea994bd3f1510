import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { BuildOptions } from "@tricast/pack";
import { scratch } from "./support/folders.ts";
import { AZURE, GOOGLE, PREDICT, TestProject } from "./support/project.ts";

const folder = scratch();
let made = 0;

const IMPORTS = `
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
`;

/** A predictor whose file also has this code. */
function project(code: string, files: Readonly<Record<string, string>>): TestProject {
  return new TestProject(join(folder, String(made++)), { "predict.ts": IMPORTS + code + PREDICT, ...files });
}

async function refuses(one: TestProject, message: RegExp, options: Partial<BuildOptions> = {}): Promise<void> {
  await assert.rejects(one.build(options), (error: { code?: string; message: string }) => {
    assert.equal(error.code, "bundle-failed", error.message);
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(one.left(), []);
}

async function warningsOf(one: TestProject, options: Partial<BuildOptions> = {}): Promise<readonly string[]> {
  return (await one.build(options))[0]?.manifest.warnings ?? [];
}

const LATER = 'export const later = () => readFileSync(new URL("./tokenizer.json", import.meta.url));';

describe("a file that the predictor reads later", () => {
  for (const format of ["cjs", "esm"] as const)
    it(`is named with --include, and is then found: ${format}`, async () => {
      const one = project(`${LATER}\nglobalThis.later = later;`, { "tokenizer.json": "{}" });
      await refuses(
        one,
        /handlers\/probe\/predict\.ts reads tokenizer\.json, .*: name it with --include tokenizer\.json,/,
        {
          format,
        },
      );
      assert.deepEqual(await warningsOf(one, { format, include: ["*.json"] }), []);
    });

  it("is named for every target", async () => {
    const handlers = { "azure-functions.ts": AZURE, "cloud-functions.ts": GOOGLE };
    const one = project(`${LATER}\nglobalThis.later = later;`, { "tokenizer.json": "{}", ...handlers });
    for (const target of ["aws-lambda-image", "azure-functions", "cloud-functions", "container"] as const)
      await refuses(one, new RegExp(`the bundle for ${target} .*--include tokenizer\\.json`, "s"), {
        targets: [target],
      });
  });

  it("may be a folder, or have a space in its name", async () => {
    const words = 'globalThis.words = () => join(import.meta.dirname, "words");';
    const one = project(words, { "words/en.txt": "" });
    await refuses(one, /reads words, .*--include 'words\/\*\*'/);
    assert.deepEqual(await warningsOf(one, { include: ["words/**"] }), []);
    const spaced = 'globalThis.read = () => readFileSync(join(import.meta.dirname, "my words.txt"));';
    await refuses(project(spaced, { "my words.txt": "" }), /--include 'my words\.txt'/);
  });

  it("is not missed where it does not exist, where the artefact has it, or where only a comment names it", async () => {
    const absent = 'globalThis.read = () => readFileSync(new URL("./made-later.json", import.meta.url));';
    assert.deepEqual(await warningsOf(project(absent, {})), []);
    const comment = '/* new URL("./notes.md", import.meta.url) */';
    assert.deepEqual(await warningsOf(project(comment, { "notes.md": "" })), []);
    const unused = 'import { unused } from "./unused.ts";';
    const files = { "unused.ts": `${IMPORTS}${LATER}\nexport const unused = 1;`, "tokenizer.json": "" };
    assert.deepEqual(await warningsOf(project(unused, files)), []);
  });

  it("that include cannot place is a warning with another fix", async () => {
    const source = `${IMPORTS}export const read = () => readFileSync(new URL("./a.json", import.meta.url));`;
    const nested = project('import { read } from "./lib/read.ts"; globalThis.read = read;', {
      "lib/read.ts": source,
      "lib/a.json": "{}",
    });
    const [inside = ""] = await warningsOf(nested);
    assert.match(
      inside,
      /handlers\/probe\/lib\/read\.ts reads a\.json, .*put the file into .*probe.*--include a\.json$/,
    );
    const above = 'globalThis.read = () => readFileSync(join(import.meta.dirname, "../shared.json"));';
    const [outside = ""] = await warningsOf(project(above, { "../shared.json": "{}" }));
    assert.match(outside, /reads \.\.\/shared\.json, which is not in the artefact\. .*--include shared\.json$/);
    const root = 'globalThis.root = () => join(import.meta.dirname, "../..");';
    assert.deepEqual(await warningsOf(project(root, {})), []);
  });
});

describe("a file that an artefact misses when it starts", () => {
  it("is named if its path is computed", async () => {
    const code = 'for (const name of ["a"]) readFileSync(join(import.meta.dirname, "data", name + ".json"));';
    const one = project(code, { "data/a.json": "{}" });
    await refuses(one, /ENOENT.*\nYour code reads data\/a\.json, .*: name it with --include data\/a\.json,/);
    await one.build({ include: ["data/*"] });
  });

  it("is named if it is loaded with createRequire", async () => {
    const code = 'createRequire(import.meta.url)("./labels.json");';
    const one = project(code, { "labels.json": "[]" });
    await refuses(one, /Cannot find module.*\nYour code reads labels\.json, .*--include labels\.json/s);
    await one.build({ include: ["labels.json"] });
  });

  it("is named with its place if it does not exist on this machine either", () =>
    refuses(
      new TestProject(join(folder, "nowhere"), {
        "aws-lambda.ts": `${IMPORTS}readFileSync(join(import.meta.dirname, "made.json"));
          import { lambda } from "@tricast/aws-lambda";
          import predictor from "./predict.ts";
          export const handler = lambda(predictor);`,
      }),
      /reads made\.json, .*put it into the predictor's folder, at .*probe\/made\.json, and name it with --include made\.json/,
    ));

  it("is named if the path is relative to the working directory", async () => {
    const code = 'if (process.env.FUNCTION_TARGET) readFileSync("labels.json");';
    await refuses(
      project(code, { "labels.json": "[]" }),
      /'labels\.json'.*\nYour code reads labels\.json, .*--include labels/,
    );
  });

  it("is named with the source that looks in another folder", async () => {
    const source = `${IMPORTS}if (process.env.FUNCTION_TARGET) readFileSync(new URL("./a.json", import.meta.url));`;
    const nested = project('import "./lib/read.ts";', { "lib/read.ts": source, "lib/a.json": "{}" });
    await refuses(nested, /lib\/read\.ts reads a\.json, .*A bundle is one file, .*--include a\.json/);
    const above = 'if (process.env.FUNCTION_TARGET) readFileSync(join(import.meta.dirname, "../shared.json"));';
    await refuses(
      project(above, { "../shared.json": "{}" }),
      /reads \.\.\/shared\.json, which leads out of the artefact/,
    );
  });

  it("is explained where the predictor is read", async () => {
    const source = `${IMPORTS}readFileSync(new URL("./a.json", import.meta.url));`;
    const nested = project('import "./lib/read.ts";', { "lib/read.ts": source, "lib/a.json": "{}" });
    await refuses(nested, /predict\.ts does not load: .*ENOENT.*\nThe predictor is read as one file in .*probe/);
  });

  it("is not named for files elsewhere", () =>
    refuses(
      project('if (process.env.FUNCTION_TARGET) readFileSync("/no/such/file");', {}),
      /ENOENT.*\nThis is the error of Node/,
    ));
});
