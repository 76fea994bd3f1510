import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
import { describe, it } from "node:test";
import { anchorsOf, linksOf } from "../../scripts/check/markdown.ts";
import { readText, repositoryFiles } from "../../scripts/check/repository.ts";

const files = repositoryFiles();
const documents = files.filter((file) => file.endsWith(".md"));
const isThere = (path: string) => files.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, "")}/`));

describe("documents", () => {
  it("link to files and headings that exist", () => {
    const links = documents.flatMap((document) =>
      linksOf(readText(document) ?? "").map((link) => ({ document, ...link })),
    );
    const broken = links.filter(
      ({ document, target }) => !/^(https?|mailto):/.test(target) && !resolves(document, target),
    );
    assert.ok(links.length > 20, "the pattern finds the links there are");
    assert.deepEqual(
      broken.map(({ document, line, target }) => `${document}:${line}: ${target}`),
      [],
    );
  });

  it("link with https", () => {
    const plain = documents.flatMap((document) =>
      linksOf(readText(document) ?? "").filter(({ target }) => target.startsWith("http:")),
    );
    assert.deepEqual(plain, []);
  });

  it("begin with one title", () => {
    for (const document of documents) {
      const text = (readText(document) ?? "").replace(/^<!--.*?-->\s*/s, "");
      assert.match(text, /^# \S/, document);
    }
  });

  it("README is a page", () => {
    const lines = (readText("README.md") ?? "").split("\n");
    assert.ok(lines.length <= 150, `README.md has ${lines.length} lines`);
    assert.ok(lines.join(" ").split(/\s+/).length <= 900, "README.md has more than 900 words");
  });
});

/** Anchors count in Markdown files only; other files have none. */
function resolves(document: string, target: string): boolean {
  const [path = "", anchor] = target.split("#", 2);
  const file = path === "" ? document : join(dirname(document), decodeURI(path));
  if (!isThere(file)) return false;
  return anchor === undefined || anchorsOf(readText(file) ?? "").has(anchor);
}
