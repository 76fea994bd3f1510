import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDocument } from "yaml";
import { type Fence, fencesOf, inlineCode } from "../scripts/check/markdown.ts";
import { readText, repositoryFiles } from "../scripts/check/repository.ts";
import { type CurlAnswer, executeCurl } from "./repo/support/curl.ts";
import { exampleSnippets } from "./repo/support/doc-comments.ts";
import { checkCommand, commandLines } from "./repo/support/shell-lines.ts";
import { isLine, runSteps, type Step } from "./repo/support/tricast-lines.ts";
import { fileNameOf, type Snippet, typeCheck } from "./repo/support/ts-blocks.ts";

interface Block extends Fence {
  readonly document: string;
  /** `README.md:12`, for messages. */
  readonly place: string;
}

const documents = repositoryFiles().filter((file) => file.endsWith(".md"));
const blocks: readonly Block[] = documents.flatMap((document) =>
  fencesOf(readText(document) ?? "").map((fence) => ({ ...fence, document, place: `${document}:${fence.line}` })),
);
const isExcerpt = ({ attributes }: Fence) => attributes.file !== undefined || attributes["part-of"] !== undefined;

function blocksIn(...languages: readonly string[]): readonly Block[] {
  return blocks.filter((block) => languages.includes(block.language));
}

/** What the reader of a block does: write the file that it is, or run its tricast commands. */
function stepsOf(block: Block): readonly Step[] {
  if (block.language === "sh") {
    const lines = commandLines(block.text).filter((line) => line.startsWith("npx tricast "));
    return lines.map((line) => ({ line }));
  }
  const file = block.language === "ts" ? fileNameOf(block.text) : undefined;
  return file === undefined ? [] : [{ file, text: block.text }];
}

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

  it("show tricast commands that work in their order, with the files they show", async () => {
    const byDocument = documents.map((document) => {
      const steps = blocks.filter((block) => block.document === document).flatMap(stepsOf);
      return { document, steps };
    });
    const withCommands = byDocument.filter(({ steps }) => steps.some(isLine));
    assert.ok(withCommands.length > 0);
    for (const { document, steps } of withCommands) assert.equal(await runSteps(steps), undefined, document);
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
