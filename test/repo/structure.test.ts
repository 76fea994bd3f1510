import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, it } from "node:test";
import { readText, repositoryFiles } from "../../scripts/check/repository.ts";
import { importsOf } from "../../scripts/check/scan-code.ts";
import { importCircles } from "./support/import-circles.ts";

const MOST_LINES = 300;

/** Tables of data, whose length does not make them harder to read. */
const TABLES: readonly string[] = [];

const sources = repositoryFiles().filter((file) => /^packages\/[^/]+\/src\/.+\.ts$/.test(file));

/** The files of the repository that `file` imports, type-only imports included. */
function importedFiles(file: string): readonly string[] {
  return importsOf(readText(file) ?? "")
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => posix.join(posix.dirname(file), specifier));
}

describe("structure of packages", () => {
  it("no files import one another in a circle, type-only imports included", () => {
    assert.ok(sources.length > 500, `only ${sources.length} sources were found`);
    const graph = new Map(sources.map((file) => [file, importedFiles(file)]));
    assert.deepEqual(importCircles(graph), []);
  });

  it(`no source has more than ${MOST_LINES} lines, except tables of data`, () => {
    const long = sources.filter((file) => (readText(file) ?? "").trimEnd().split("\n").length > MOST_LINES);
    assert.deepEqual(long.toSorted(), [...TABLES].toSorted());
  });
});

describe("importCircles", () => {
  const circlesOf = (imports: Readonly<Record<string, readonly string[]>>) =>
    importCircles(new Map(Object.entries(imports)));

  it("finds a pair, and a long way round", () => {
    assert.deepEqual(circlesOf({ a: ["b"], b: ["a"], c: ["a"] }), [["a", "b"]]);
    assert.deepEqual(circlesOf({ a: ["b"], b: ["c"], c: ["d", "a"], d: [] }), [["a", "b", "c"]]);
  });

  it("finds two circles that share no file, and one that meets in a file", () => {
    assert.deepEqual(circlesOf({ a: ["b"], b: ["a", "c"], c: ["d"], d: ["c"] }), [
      ["a", "b"],
      ["c", "d"],
    ]);
    assert.deepEqual(circlesOf({ a: ["b", "c"], b: ["a"], c: ["a"] }), [["a", "b", "c"]]);
  });

  it("accepts a diamond, imports of unknown files, and a file that names its own type", () => {
    assert.deepEqual(circlesOf({ a: ["a"] }), []);
    assert.deepEqual(circlesOf({ a: ["b", "c"], b: ["d"], c: ["d"], d: ["elsewhere"] }), []);
  });
});
