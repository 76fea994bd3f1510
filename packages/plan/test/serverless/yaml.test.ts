import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { yamlBlock, yamlEntry } from "../../src/text/yaml.ts";

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
          assert.deepEqual(parse(yamlBlock(document, "")), document);
        },
      ),
    );
  });

  it("quotes only what YAML would read otherwise", () => {
    assert.equal(yamlEntry("every", "5 minutes"), "every: 5 minutes");
    assert.equal(yamlEntry("at", "0 8 * * 1-5"), 'at: "0 8 * * 1-5"');
    assert.equal(yamlEntry("region", "no"), 'region: "no"');
    assert.equal(yamlEntry("share", ".5"), 'share: ".5"');
    assert.equal(yamlEntry("folder", "./handlers"), "folder: ./handlers");
    assert.equal(yamlEntry("ping", `\${param:ping, null}`), `ping: \${param:ping, null}`);
  });

  it("keeps what fits on one line together, and leaves out what is undefined", () => {
    assert.equal(
      yamlEntry("ping", { every: "1 hour", concurrency: 2, other: undefined }),
      "ping: { every: 1 hour, concurrency: 2 }",
    );
  });
});
