import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { writeYaml } from "../../src/text/yaml.ts";

describe("yaml", () => {
  it("is read back as what was written, whatever the texts are", () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.constantFrom(
          "true",
          "no",
          "~",
          "5 minutes",
          "0 8 * * 1-5",
          `\${param:x}`,
          `\${param:x, null}`,
          "GET /a/{b+}",
          "1e5",
          ".5",
          "...",
          ":\n$",
          " \n",
          "a\n b\n\n",
        ),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value"), { minLength: 1, maxLength: 4 }),
        fc.dictionary(fc.string({ minLength: 1 }), tie("value"), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), value, { minKeys: 1, noNullPrototype: true }),
        (document) => {
          assert.deepEqual(parse(writeYaml(document)), document);
          // kubectl reads YAML 1.1.
          assert.deepEqual(parse(writeYaml(document), { version: "1.1" }), document);
        },
      ),
    );
  });

  it("quotes only what YAML 1.1 or 1.2 would read otherwise", () => {
    const texts = {
      every: "5 minutes",
      at: "0 8 * * 1-5",
      region: "no",
      share: ".5",
      time: "12:30",
      day: "2012-10-17",
      folder: "./handlers",
      ping: `\${param:ping, null}`,
    };
    assert.deepEqual(writeYaml(texts).trimEnd().split("\n"), [
      "every: 5 minutes",
      "at: 0 8 * * 1-5",
      'region: "no"',
      'share: ".5"',
      'time: "12:30"',
      'day: "2012-10-17"',
      "folder: ./handlers",
      `ping: \${param:ping, null}`,
    ]);
  });

  it("keeps what fits on one line together, and leaves out what is undefined", () => {
    const text = writeYaml({ ping: { every: "1 hour", concurrency: 2, other: undefined } });
    assert.equal(text, "ping: { every: 1 hour, concurrency: 2 }\n");
  });

  it("writes comments above the document and its keys, and blank lines where they are asked for", () => {
    const text = writeYaml(
      { a: { b: "x".repeat(90) }, c: 1 },
      { head: ["Made by hand.", ""], comments: { c: "a number" }, apart: (_path, position) => position > 0 },
    );
    assert.equal(text, `# Made by hand.\n#\na:\n  b: ${"x".repeat(90)}\n\n# a number\nc: 1\n`);
  });
});
