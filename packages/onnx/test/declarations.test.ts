import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const PACKAGE = join(import.meta.dirname, "..");
const { peerDependencies } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));

/** A declaration that named the types of an optional package would not compile where it is not installed (TS2307). */
test("the types of optional packages are in no declaration: they are imported by a call only", () => {
  const sources = readdirSync(join(PACKAGE, "src"), { recursive: true, encoding: "utf8" });
  const imports = sources
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => readFileSync(join(PACKAGE, "src", file), "utf8").match(/^.*\b(?:from|import\()\s*".*$/gm) ?? []);
  for (const name of Object.keys(peerDependencies)) {
    const own = imports.filter((line) => line.includes(`"${name}`));
    assert.deepEqual(own, [`    return await import("${name}").catch((error: unknown) => {`]);
  }
});
