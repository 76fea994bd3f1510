import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { attributes, block, call, comment, expr, template, type Value } from "../../src/render/terraform/hcl.ts";
import { writeHcl } from "../../src/render/terraform/write-hcl.ts";

function lines(...parts: Parameters<typeof writeHcl>[0]): string[] {
  return writeHcl(parts).trimEnd().split("\n");
}

describe("writeHcl", () => {
  it("puts the equals signs of neighbouring one-line attributes in one column, and a value of several lines ends it", () => {
    const values = { a: 1, long_name: true, map: { x: 1, other: "y" }, b: null };
    assert.deepEqual(lines(attributes(values)), [
      "a         = 1",
      "long_name = true",
      "map = {",
      "  x     = 1",
      '  other = "y"',
      "}",
      "b = null",
    ]);
  });

  it("sets blocks apart, keeps comments on what they are about, and writes an empty block on one line", () => {
    const body = [{ name: "x" }, comment("why"), block("empty", []), block("nested", ["label"], { a: 1 })] as const;
    assert.deepEqual(lines(block("resource", ["type", "name"], ...body)), [
      'resource "type" "name" {',
      '  name = "x"',
      "",
      "  # why",
      "  empty {}",
      "",
      '  nested "label" {',
      "    a = 1",
      "  }",
      "}",
    ]);
  });

  it("writes what Terraform evaluates as it is, and what a user wrote so that nothing in it is evaluated", () => {
    const values = { bare: expr("var.a"), filled: template("${var.a}/*"), plain: '${var.a} %{if} "q" \\ \n' };
    assert.deepEqual(lines(attributes(values)), [
      "bare   = var.a",
      'filled = "${var.a}/*"',
      'plain  = "$${var.a} %%{if} \\"q\\" \\\\ \\n"',
    ]);
  });

  it("starts the argument of a call on its line, and takes a line for each item of a long list", () => {
    const long = Array.from({ length: 4 }, (_, index) => `${index}`.repeat(25));
    assert.deepEqual(lines(attributes({ json: call("jsonencode", { a: [1, 2] }), long, short: [{ a: 1 }] })), [
      "json = jsonencode({",
      "  a = [1, 2]",
      "})",
      "long = [",
      ...long.map((text) => `  "${text}",`),
      "]",
      "short = [{ a = 1 }]",
    ]);
  });

  it("leaves out what is undefined, and quotes keys that are no names", () => {
    assert.deepEqual(lines(attributes({ a: undefined, "a b": 1 })), ['"a b" = 1']);
  });

  it("gives any string back to whoever undoes its escapes", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom("$", "%", "{", '"', "\\", "\n") })),
        (text) => {
          const [line = "", ...others] = lines(attributes({ a: text }));
          assert.deepEqual(others, []);
          assert.equal(undoEscapes(line.slice('a = "'.length, -1)), text);
        },
      ),
    );
  });

  it("is a function of its input", () => {
    const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.array(tie("value")),
        fc.dictionary(fc.string({ minLength: 1 }), tie("value")),
      ),
    })).value;
    fc.assert(
      fc.property(value, (own) => {
        const parts = [attributes({ a: own })];
        assert.equal(writeHcl(parts), writeHcl(structuredClone(parts)));
      }),
    );
  });
});

/** Reads a quoted template that evaluates nothing, by the table of the language's documentation. */
function undoEscapes(text: string): string {
  const named: Readonly<Record<string, string>> = { "\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\" };
  return text.replace(/\\u([0-9a-f]{4})|\\.|\$\$\{|%%\{/g, (found, code?: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return named[found] ?? found.slice(1);
  });
}
