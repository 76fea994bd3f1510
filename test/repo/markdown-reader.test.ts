import assert from "node:assert/strict";
import { it } from "node:test";
import { anchorsOf, fencesOf, inlineCode, linksOf } from "../../scripts/check/markdown.ts";
import { fillExcerpts } from "../../scripts/gen/excerpts.ts";
import { lineDiff } from "../../scripts/gen/line-diff.ts";

const DOCUMENT = `# One \`two\`, three

Text with \`npm test\` and [a link](a.md#one-two-three), [another](https://example.com "title").

\`\`\`ts file=a.ts
old
\`\`\`

- item

  \`\`\`sh status=422
  # no heading, [no link](no.md), \`no code\`
  \`\`\`

## One two three
## One two three
`;

it("finds code blocks with language, attributes and line, also inside lists", () => {
  const fences = fencesOf(DOCUMENT).map(({ line, language, attributes, text }) => ({
    line,
    language,
    attributes,
    text,
  }));
  assert.deepEqual(fences, [
    { line: 5, language: "ts", attributes: { file: "a.ts" }, text: "old\n" },
    { line: 11, language: "sh", attributes: { status: "422" }, text: "# no heading, [no link](no.md), `no code`\n" },
  ]);
  assert.throws(() => fencesOf("a\n```ts\nb\n"), /line 2 is never closed/);
});

it("finds links, inline code and anchors outside of code blocks", () => {
  assert.deepEqual(linksOf(DOCUMENT), [
    { line: 3, target: "a.md#one-two-three" },
    { line: 3, target: "https://example.com" },
  ]);
  assert.deepEqual(
    inlineCode(DOCUMENT).map(({ text }) => text),
    ["two", "npm test"],
  );
  assert.deepEqual([...anchorsOf(DOCUMENT)], ["one-two-three", "one-two-three-1", "one-two-three-2"]);
});

it("puts files in place of what documents quote of them", () => {
  const [filled] = fillExcerpts([{ path: "a.md", text: DOCUMENT }], (path) => `text of ${path}\n`);
  assert.equal(filled?.text, DOCUMENT.replace("old\n", "text of a.ts\n"));
});

it("shows the lines that differ, and only those", () => {
  assert.equal(lineDiff("a\nb\nc\nd", "a\nx\nc\nd\ne"), "@@ line 2\n- b\n+ x\n@@ line 5\n+ e");
  assert.equal(lineDiff("a\nb", "a\nb"), "");
});
