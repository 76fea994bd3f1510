import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { writeOnnx } from "../../packages/onnx/test/support/onnx-writer.ts";
import { fencesOf } from "../../scripts/check/markdown.ts";
import { type PackedPackage, packPackages } from "../../scripts/check/pack.ts";
import { ROOT, readText } from "../../scripts/check/repository.ts";
import { type Output, output } from "../../scripts/check/run.ts";

const ACME = join(import.meta.dirname, "acme");
/** The declarations of `onnx` name types of `store`. */
const PACKED = ["core", "onnx", "store"];
/** What they need of others, or their declarations do. */
const BESIDE = ["onnxruntime-node", "@types/node"];

/** Doubles rows of two numbers. */
const TINY = writeOnnx({
  nodes: [{ op: "Add", inputs: ["x", "x"], outputs: ["y"] }],
  inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
  outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
});

// The space in its name is the point: paths with spaces must work.
const project = mkdtempSync(join(tmpdir(), "tricast acme "));
const scratch = mkdtempSync(join(tmpdir(), "tricast packed "));

/** An adapter for a cloud that we have never heard of, in a project of its own with our packages as they are published. */
describe("a fourth cloud", () => {
  const sources = readdirSync(ACME).filter((name) => name.endsWith(".ts"));

  before(() => {
    for (const packed of packPackages(scratch, PACKED) ?? assert.fail("npm pack failed")) install(packed);
    for (const name of BESIDE) link(name);
    cpSync(ACME, project, { recursive: true });
    writeFileSync(join(project, "tiny.onnx"), TINY);
    writeFileSync(join(project, "smallest.ts"), smallestAdapter());
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "tricast-acme", type: "module" }));
  });
  after(() => {
    for (const folder of [project, scratch]) rmSync(folder, { recursive: true });
  });

  it("needs public exports only, and neither a cast nor `any`", () => {
    assert.ok(sources.length > 5);
    for (const name of sources) {
      const code = withoutProse(readFileSync(join(ACME, name), "utf8"));
      assert.doesNotMatch(code, /\b(as|any)\b|@ts-|!\./, name);
    }
    const specifiers = sources.flatMap((name) => importsOf(readFileSync(join(ACME, name), "utf8")));
    const ours = new Set(specifiers.filter((specifier) => specifier.startsWith("@")));
    assert.deepEqual([...ours].sort(), [
      "@tricast/core",
      "@tricast/core/adapter",
      "@tricast/core/testing",
      "@tricast/onnx",
    ]);
    const inside = specifiers.filter((specifier) => specifier.startsWith("."));
    for (const specifier of inside) assert.ok(sources.includes(specifier.slice(2)), `${specifier} is outside`);
  });

  it("type-checks in strict mode, our declarations included, and a wrong trait does not", () => {
    const right = typeCheck("*.ts");
    assert.equal(right.status, 0, right.text);
    const platform = 'import type { PlatformTraits } from "@tricast/core/adapter";\n';
    mkdirSync(join(project, "wrong"));
    writeFileSync(join(project, "wrong", "wrong.ts"), `${platform}export const wrong: PlatformTraits = { name: 1 };\n`);
    assert.match(typeCheck("wrong/*.ts").text, /wrong\.ts\(2,\d+\): error TS2322/);
  });

  it("answers through the smallest adapter of the guide", () => {
    const program = `
      import { definePredictor } from "@tricast/core";
      import { acme } from "./smallest.ts";
      const handler = acme(definePredictor({ name: "double", predict: (input) => input * 2 }));
      console.log(JSON.stringify(await handler({ verb: "POST", path: "/predict", body: "21" }, { call: "acme-1" })));
    `;
    const { status, text } = output(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: project,
      env: ALONE,
    });
    assert.equal(status, 0, text);
    assert.ok(text.includes('{"code":200,"body":"42"}'), text);
  });

  it("passes the contract suite", () => {
    const counts = countsOf(runTests("acme.test.ts"));
    assert.ok(counts.pass >= 165, `${counts.pass} tests`);
    assert.deepEqual(counts, { ...NONE_OF_THOSE, tests: counts.pass, pass: counts.pass });
  });

  it("reads large bodies late", () => {
    assert.deepEqual(countsOf(runTests("reader.test.ts")), { ...NONE_OF_THOSE, tests: 2, pass: 2 });
  });

  it("runs ONNX models in lanes if its instances serve many requests, and inline otherwise", () => {
    assert.deepEqual(countsOf(runTests("lanes.ts")), { ...NONE_OF_THOSE, tests: 2, pass: 2 });
  });
});

const STRICT = {
  strict: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: false,
  allowImportingTsExtensions: true,
  module: "nodenext",
  target: "es2024",
  lib: ["es2024"],
  types: ["node"],
};

/** As `npm install` of the packed package would. */
function install({ manifest, unpacked }: PackedPackage): void {
  cpSync(unpacked, join(project, "node_modules", manifest.name), { recursive: true });
}

function link(name: string): void {
  const path = join(project, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules", name), path, "dir");
}

/** Code without comments and texts, whose words are not keywords. */
function withoutProse(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|\/\/.*|"[^"\n]*"/g, "");
}

function importsOf(source: string): string[] {
  return [...source.matchAll(/ from "([^"]+)"/g)].map(([, specifier]) => specifier!);
}

/** Prints TAP (testanything.org). */
function runTests(file: string): string {
  return output(process.execPath, ["--test", "--test-reporter=tap", file], { cwd: project, env: ALONE }).text;
}

/** A test that was started by another one would report to that one, and sources would be found by a condition. */
const ALONE = { NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined };

function typeCheck(include: string): Output {
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: STRICT, include: [include] }));
  return output("tsc", ["-p", ".", "--pretty", "false"], { cwd: project });
}

/** The block of the guide that is a file of this name. */
function smallestAdapter(): string {
  const guide = readText("docs/guides/write-an-adapter.md") ?? "";
  const block = fencesOf(guide).find(({ text }) => text.startsWith("// file: smallest.ts"));
  return block?.text ?? assert.fail("the guide has no smallest.ts");
}

const NONE_OF_THOSE = { fail: 0, cancelled: 0, skipped: 0, todo: 0 };

function countsOf(tap: string): Record<keyof typeof NONE_OF_THOSE | "tests" | "pass", number> {
  const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(tap)?.[1] ?? Number.NaN);
  const counts = {
    tests: count("tests"),
    pass: count("pass"),
    fail: count("fail"),
    cancelled: count("cancelled"),
    skipped: count("skipped"),
    todo: count("todo"),
  };
  assert.deepEqual([counts.fail, counts.cancelled], [0, 0], tap);
  return counts;
}
