import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { codeLines, isShipped } from "../../scripts/check/code-lines.ts";
import { ROOT, repositoryFiles, workspacePackages } from "../../scripts/check/repository.ts";

describe("lines of code", () => {
  it("are those that hold more than comments and blanks", () => {
    const source = [
      "// one",
      "",
      "/* two",
      " * three */",
      "const a = 1; // four",
      "/** five */ const b = 2;",
      "   ",
      "}",
    ];
    assert.equal(codeLines(source.join("\n")), 3);
    assert.equal(codeLines(""), 0);
    assert.equal(codeLines("a"), 1);
  });

  it("may hold what looks like a comment in strings, templates and regular expressions", () => {
    const hole = "$" + "{";
    const lines = [
      'const url = "https://example.org/*";',
      "const b = 1;",
      "const quoted = 'it\\'s // here';",
      "const template = `",
      "  // text",
      `  /* ${hole} /* a comment */ url } text`,
      "`;",
      "const expression = /[/*]\\/\\/[/]/;",
      "const ratio = url.length / 2 / b; /* end */",
      `const nested = ${"`"}a${hole}\`// ${hole}b}\`}/*${"`"};`,
      "const last = 1;",
    ];
    assert.equal(codeLines(lines.join("\n")), lines.length);
    assert.equal(codeLines([...lines, "// comment", "/* and", "more */"].join("\n")), lines.length);
  });

  it("are counted in what is shipped: sources and plain entries, no tests and declarations", () => {
    const files = ["packages/a/src/b/c.ts", "packages/a/plugin.cjs", "packages/a/src/b.cjs"];
    const others = ["packages/a/test/b.ts", "packages/a/plugin.d.cts", "packages/a/dist/b.js", "scripts/a.ts"];
    assert.deepEqual([...files, ...others].filter(isShipped), files);
    assert.ok(repositoryFiles().filter(isShipped).length > 100);
  });

  it("are printed for each package and in total", () => {
    const args = ["--conditions=@tricast/source", join(ROOT, "scripts", "lines.ts")];
    const print = (...more: string[]) => execFileSync(process.execPath, [...args, ...more], { encoding: "utf8" });
    interface Count {
      readonly files: number;
      readonly lines: number;
    }
    const { packages, testing, total } = JSON.parse(print("--json")) as {
      packages: (Count & { readonly name: string })[];
      testing: Count;
      total: Count;
    };
    const names = workspacePackages().map(({ manifest }) => manifest.name);
    assert.deepEqual(
      packages.map(({ name }) => name),
      names,
    );
    assert.ok(packages.every(({ files, lines }) => files > 0 && lines > files));
    assert.equal(
      packages.reduce((sum, { lines }) => sum + lines, 0),
      total.lines,
    );
    const table = print().trimEnd().split("\n");
    assert.equal(table.length, names.length + 3);
    assert.match(table.at(-2) ?? "", new RegExp(`^total +${total.files} +${total.lines}$`));
    assert.match(table.at(-1) ?? "", new RegExp(`^of it, contract suite +${testing.files} +${testing.lines}$`));
    assert.ok(testing.lines > 1000 && testing.lines < total.lines);
  });
});
