import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL("../src", import.meta.url));
const WORDS = ["config", "resolved-plan", "output-file", "unless-empty"];
const SYNTAXES = ["cloudformation", "terraform", "kubernetes", "shell", "nginx"];

/** What each part of the sources may import besides itself; the files of the root import anything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  config: [],
  text: [],
  facts: WORDS,
  resolve: [...WORDS, "facts"],
  rules: [...WORDS, "facts"],
  ...Object.fromEntries(SYNTAXES.map((syntax) => [`render/${syntax}`, [...WORDS, "facts", "text"]])),
};

/** `render/terraform` of `render/terraform/aws/aws-ping.ts`, `config` of `config.ts` and of `config/settings.ts`. */
function partOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  return first === "render" ? `${first}/${second}` : first.replace(/\.ts$/, "");
}

const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const imports = files.flatMap((file) =>
  [...readFileSync(join(SOURCES, file), "utf8").matchAll(/from "(\.[^"]+)"/g)].map(([, path = ""]) => ({
    file,
    imported: relative(SOURCES, join(SOURCES, dirname(file), path)),
  })),
);

describe("the sources of the plan", () => {
  it("import in one direction: facts no renderer, and a renderer no other syntax", () => {
    assert.ok(imports.length > 100);
    const wrong = imports.filter(({ file, imported }) => {
      const allowed = MAY_IMPORT[partOf(file)];
      return allowed !== undefined && ![partOf(file), ...allowed].includes(partOf(imported));
    });
    assert.deepEqual(wrong, []);
  });

  it("have no part that the directions leave out", () => {
    const folders = new Set(files.filter((file) => file.includes("/")).map(partOf));
    assert.deepEqual(
      [...folders].filter((part) => MAY_IMPORT[part] === undefined),
      [],
    );
    assert.deepEqual(
      SYNTAXES.filter((syntax) => !folders.has(`render/${syntax}`)),
      [],
    );
  });
});
