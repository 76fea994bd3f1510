import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Block, blocks, documents } from "./repo/support/document-blocks.ts";
import { commandLines } from "./repo/support/shell-lines.ts";
import { isLine, runSteps, type Step } from "./repo/support/tricast-lines.ts";
import { fileNameOf } from "./repo/support/ts-blocks.ts";

/** What the reader of a block does: write the file that it is, or run its tricast commands. */
function stepsOf(block: Block): readonly Step[] {
  if (block.language === "sh") {
    const lines = commandLines(block.text).filter((line) => line.startsWith("npx tricast "));
    return lines.map((line) => ({ line }));
  }
  const file = block.language === "ts" ? fileNameOf(block.text) : undefined;
  return file === undefined ? [] : [{ file, text: block.text }];
}

const byDocument = documents
  .map((document) => ({ document, steps: blocks.filter((block) => block.document === document).flatMap(stepsOf) }))
  .filter(({ steps }) => steps.some(isLine));

describe("documents", () => {
  it("show tricast commands", () => assert.ok(byDocument.length > 0));

  for (const { document, steps } of byDocument)
    it(`show tricast commands that work in their order, with the files they show: ${document}`, async () =>
      assert.equal(await runSteps(steps), undefined));
});
