import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readText, repositoryFiles } from "../../scripts/check/repository.ts";
import { findHardProse } from "./support/prose.ts";

/** Wording that is hard to read and not rewritten yet, by area. Lower a number with what you rewrite; none may grow. */
const MOST: Readonly<Record<string, number>> = {
  docs: 102,
  handlers: 1,
  "packages/cli/src": 35,
  "packages/onnx/src": 30,
  "packages/pack/src": 17,
  "packages/plan/src": 60,
  "packages/server/src": 55,
  "packages/store/src": 46,
  scripts: 60,
};

const files = repositoryFiles().filter((file) => /\.(ts|md)$/.test(file));

/** `packages/NAME/src`, `docs`, `scripts`, `handlers`, or `documents` for the pages at the top. */
function areaOf(file: string): string | undefined {
  const area = /^(packages\/[^/]+\/src|docs|scripts|handlers|layers)\//.exec(file)?.[1];
  if (area !== undefined) return area;
  return /^(packages\/[^/]+\/)?[A-Z]+\.md$/.test(file) ? "documents" : undefined;
}

describe("prose", () => {
  const areas = Map.groupBy(files, areaOf);
  areas.delete(undefined);

  it("is looked for in every package", () => {
    assert.ok([...areas.keys()].filter((area) => area?.startsWith("packages/")).length >= 13);
  });

  for (const [area = "", inArea] of areas) {
    it(`has no new wording that is hard to read in ${area}`, () => {
      const found = inArea.flatMap((file) =>
        findHardProse(file, readText(file) ?? "").map(
          ({ line, text, instead }) => `${file}:${line}: ${text} [write: ${instead}]`,
        ),
      );
      const most = MOST[area] ?? 0;
      assert.ok(found.length <= most, `${found.length} places, at most ${most}:\n${found.join("\n")}`);
      assert.equal(found.length, most, `lower the number of ${area} to ${found.length}`);
    });
  }
});

describe("findHardProse", () => {
  const linesOf = (path: string, content: string) => findHardProse(path, content).map(({ line }) => line);

  it("reads comments and messages of code, not code", () => {
    assert.deepEqual(
      linesOf("a.ts", "// There is none\nconst isNone = told;\nthrow new Error(`it is no model`);"),
      [1, 3],
    );
    assert.deepEqual(linesOf("a.ts", '/**\n * Nobody knows.\n */\nconst name = "told";'), [2]);
    assert.deepEqual(linesOf("a.ts", "/** The first example warms the model. */\nexport const first = 1;"), []);
  });

  it("reads the text of documents, not their code", () => {
    assert.deepEqual(
      linesOf("a.md", "It is none.\n\n```ts\n// it is none\n```\nUse `nobody` here.\nWhoever calls."),
      [1, 7],
    );
  });
});
