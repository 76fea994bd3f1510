import assert from "node:assert/strict";
import { it } from "node:test";
import { codeOnly, importsOf, namesPathIn, packageOf } from "../../scripts/check/scan-code.ts";

it("finds every form of import, and none in comments, strings and templates", () => {
  const source = [
    'import a from "one";',
    'import type { B } from "two/sub";',
    'import { c, type D } from "@scope/three/sub";',
    'import {\n  e,\n} from "four";',
    'export { f } from "five";',
    'export * as g from "six";',
    'import "seven";',
    'const h = await import("eight");',
    'const i = require("nine");',
    'type J = import("ten").J;',
    '// import x from "no";',
    '/* import x from "no"; */',
    'const l = `import x from "no"; $' + '{require("twelve")} import "no"`;',
    "const m = 'import x from \"no\"';",
    "const n = /import \"no\"/.test('');",
    'const o = 4 / 2; import p from "thirteen";',
    'object.require("no"); path.resolve("no/x");',
  ].join("\n");
  const expected = [
    "one",
    "two",
    "@scope/three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "twelve",
    "thirteen",
  ];
  assert.deepEqual(importsOf(source).map(packageOf).sort(), expected.sort());
});

it("takes a package's name from a specifier, and none from paths and Node's own modules", () => {
  const specifiers = ["@a/b/c", "a/b", "a", "./a", "../a", "#a", "node:fs"];
  assert.deepEqual(specifiers.map(packageOf), ["@a/b", "a", "a", undefined, undefined, undefined, undefined]);
});

it("keeps lines where they are", () => {
  const source = "a /* 1\n2 */ b // c\n`d\n$" + "{e}` f";
  assert.equal(codeOnly(source).split("\n").length, source.split("\n").length);
  assert.match(codeOnly(source), /^a {5}\n {5}b {5}\n {2}\n {2}e {2} f$/);
});

it("sees which packages files are resolved from", () => {
  const source = "const path = `some-package/bin/$" + '{process.arch}/x.node`; // "other-package/a"';
  assert.deepEqual(
    ["some-package", "other-package", "package"].map((name) => namesPathIn(source, name)),
    [true, false, false],
  );
});
