import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDocument } from "yaml";
import { inlineCode } from "../scripts/check/markdown.ts";
import { readText } from "../scripts/check/repository.ts";
import { type CurlAnswer, executeCurl } from "./repo/support/curl.ts";
import { exampleSnippets } from "./repo/support/doc-comments.ts";
import { blocks, blocksIn, documents, isExcerpt } from "./repo/support/document-blocks.ts";
import { checkCommand, commandLines } from "./repo/support/shell-lines.ts";
import { type Snippet, typeCheck } from "./repo/support/ts-blocks.ts";

describe("documents", () => {
  it("are found", () => {
    assert.ok(documents.includes("README.md") && documents.includes("CONTRIBUTING.md"));
    assert.ok(blocks.length > 20);
  });

  it("have no code block that nothing looks at", () => {
    const checked = ["ts", "json", "yaml", "sh", "text"];
    const others = blocks.filter((block) => !checked.includes(block.language) && !isExcerpt(block));
    assert.deepEqual(
      others.map(
        ({ place, language }) =>
          `${place}: "${language}"; use ${checked.join(", ")}, or quote a file with file= or part-of=`,
      ),
      [],
    );
  });

  it("quote files as they are", () => {
    for (const { place, attributes, text } of blocks.filter(isExcerpt)) {
      const path = String(attributes.file ?? attributes["part-of"]);
      const file = readText(path) ?? assert.fail(`${place}: ${path} is not a text file`);
      if (attributes.file !== undefined) assert.equal(text, file, `${place} is not ${path}; run "npm run gen"`);
      else assert.ok(text.trim() !== "" && `\n${file}`.includes(`\n${text}`), `${place} is not a part of ${path}`);
    }
  });

  it("type-check, with the examples in comments", () => {
    const inDocuments: Snippet[] = blocksIn("ts")
      .filter((block) => !isExcerpt(block))
      .map(({ document, line, text }) => ({ document, line: line + 1, text }));
    const inComments = exampleSnippets();
    assert.ok(inDocuments.length > 5 && inComments.length > 5);
    assert.deepEqual(typeCheck([...inDocuments, ...inComments]), []);
  });

  it("hold JSON and YAML that parses", () => {
    for (const { place, text } of blocksIn("json")) assert.doesNotThrow(() => JSON.parse(text), place);
    for (const { place, text } of blocksIn("yaml")) assert.deepEqual(parseDocument(text).errors.map(String), [], place);
  });

  it("show commands that exist, with arguments they take", () => {
    const inBlocks = blocksIn("sh").flatMap(({ place, text }) => commandLines(text).map((line) => ({ place, line })));
    const inProse = documents.flatMap((document) =>
      inlineCode(readText(document) ?? "")
        .filter(({ text }) => /^npm (start|test|run|install|i)\b(?!.*(\.\.\.|[A-Z]{3}))/.test(text))
        .map(({ line, text }) => ({ place: `${document}:${line}`, line: text })),
    );
    const commands = [...inBlocks, ...inProse].filter(({ line }) => !line.startsWith("curl "));
    assert.ok(commands.length > 10);
    for (const { place, line } of commands) assert.equal(checkCommand(line), undefined, `${place}: ${line}`);
  });

  for (const block of blocksIn("sh").filter(({ text }) => /^curl /m.test(text))) {
    it(`show requests that are answered as they say: ${block.place}`, async () => {
      const wanted = Number(block.attributes.status ?? 200);
      let last: CurlAnswer | undefined;
      for (const line of commandLines(block.text).filter((one) => one.startsWith("curl "))) {
        last = await executeCurl(line);
        assert.equal(last.status, wanted, `${line}\n${last.body}`);
      }
      const next = blocks[blocks.indexOf(block) + 1];
      if (next?.document !== block.document || next.attributes.answer === undefined) return;
      assert.deepEqual(JSON.parse(last?.body ?? ""), JSON.parse(next.text), `${next.place} is not the answer`);
    });
  }
});
