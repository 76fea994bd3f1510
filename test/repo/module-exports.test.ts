import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { exportsOf } from "../../scripts/check/module-exports.ts";

describe("the exports of a module", () => {
  const folder = mkdtempSync(join(tmpdir(), "tricast exports "));
  after(() => rmSync(folder, { recursive: true }));

  function write(name: string, ...lines: string[]): string {
    writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
    return join(folder, name);
  }

  it("are read from every form of declaration", () => {
    const file = write(
      "all.ts",
      "export function a() {}",
      "export async function* b() {}",
      "export class C {}",
      "export abstract class D {}",
      'export const e: string = "export const no = 1;";',
      "export interface F {}",
      "export type G = string;",
      "// export const no = 1;",
      "/*\nexport const no = 1;\n*/",
      "const local = `\nexport const no = 1;\n`;",
    );
    const kinds = ["function", "function", "class", "class", "const", "interface", "type"];
    assert.deepEqual([...exportsOf(file).values()], kinds);
    assert.deepEqual([...exportsOf(file).keys()], ["a", "b", "C", "D", "e", "F", "G"]);
  });

  it("are followed through files, with the name and kind they get there", () => {
    write("one.ts", "export class A {}", "export function b() {}", "export interface C {}");
    write("two.ts", 'export { A, b as renamed, type C } from "./one.ts";');
    const types = write("types.ts", 'export type { A } from "./one.ts";', 'export * from "./two.ts";');
    assert.deepEqual(Object.fromEntries(exportsOf(types)), { A: "class", renamed: "function", C: "interface" });
    assert.equal(exportsOf(write("alone.ts", 'export type { A } from "./one.ts";')).get("A"), "type");
    const onlyTypes = write("only.ts", 'export type * from "./one.ts";');
    assert.deepEqual(Object.fromEntries(exportsOf(onlyTypes)), { A: "type", b: "type", C: "interface" });
  });

  it("are refused if they cannot be read", () => {
    for (const line of ["export default 1;", "const a = 1;\nexport { a };", 'export * from "elsewhere";']) {
      assert.throws(() => exportsOf(write("strange.ts", line)), /strange\.ts has an unknown form of export/);
    }
    write("empty.ts", "");
    assert.throws(() => exportsOf(write("missing.ts", 'export { a } from "./empty.ts";')), /does not export it/);
  });
});
