import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { importsOf } from "../../../../scripts/check/scan-code.ts";

const SOURCES = join(import.meta.dirname, "..", "..", "src");

function importsIn(pattern: string, exclude: readonly string[]): (readonly [file: string, specifier: string])[] {
  return globSync(pattern, { cwd: SOURCES, exclude }).flatMap((file) =>
    importsOf(readFileSync(join(SOURCES, file), "utf8")).map((specifier) => [file, specifier] as const),
  );
}

describe("the contract suite", () => {
  it("is imported by nothing that ships", () => {
    const outside = importsIn("**/*.ts", ["testing/**"]);
    assert.ok(outside.length > 50);
    assert.deepEqual(
      outside.filter(([, specifier]) => /testing|node:test/.test(specifier)),
      [],
    );
  });

  it("needs nothing besides node and the core", () => {
    const inside = importsIn("testing/**/*.ts", []);
    assert.ok(inside.length > 50);
    assert.deepEqual(
      inside.filter(([, specifier]) => !/^(node:|\.)/.test(specifier)),
      [],
    );
  });
});
