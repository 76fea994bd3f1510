import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { scratch } from "./support/folders.ts";
import { PREDICT, TestProject } from "./support/project.ts";

const folder = scratch();

/** Ways to name a file beside the code, with the formats of a bundle that has them. */
const WAYS = {
  url: ['readFileSync(new URL("./data/tokenizer.json", import.meta.url))', ["cjs", "esm"]],
  dirname: ['readFileSync(join(import.meta.dirname, "data/tokenizer.json"))', ["cjs", "esm"]],
  opened: ['openSync(join(import.meta.dirname, "data", "tokenizer.json"))', ["cjs", "esm"]],
} as const;

describe("a file beside the predictor that is not included", () => {
  for (const [way, [expression, formats]] of Object.entries(WAYS))
    for (const format of formats)
      it(`is named with --include, and an included one loads: ${way}, ${format}`, async () => {
        const code = `import { openSync, readFileSync } from "node:fs";\nimport { join } from "node:path";\n${expression};\n`;
        const files = { "predict.ts": code + PREDICT, "data/tokenizer.json": "{}" };
        const project = new TestProject(join(folder, `${way} ${format}`), files);
        await assert.rejects(project.build({ format }), {
          code: "bundle-failed",
          message:
            /reads data\/tokenizer\.json, which is not in the artefact: name it with --include data\/tokenizer\.json/,
        });
        assert.deepEqual(project.left(), []);
        await project.build({ format, include: ["data/tokenizer.json"] });
      });
});
