import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ModelFile } from "../src/locate.ts";
import { isThreadable } from "../src/threadable.ts";

const folder = mkdtempSync(join(tmpdir(), "tricast threadable "));
after(() => rmSync(folder, { recursive: true }));

const handler = (path: string): string => fileURLToPath(new URL(`../../../handlers/${path}`, import.meta.url));

function file(path: string): ModelFile {
  return { path, bytes: statSync(path).size, format: "onnx" };
}

/** The same file with zeros behind it, as large as a model with weights. */
function enlarged(source: string, name: string): ModelFile {
  const path = join(folder, name);
  copyFileSync(source, path);
  truncateSync(path, 8 * 2 ** 20);
  return file(path);
}

test("a small model runs on one thread", () => {
  assert.equal(isThreadable(file(handler("digits/digits.onnx"))), false);
});

test("a large model of matrix products may run on several", () => {
  assert.equal(isThreadable(enlarged(handler("digits/digits.onnx"), "digits.onnx")), true);
});

test("a large forest runs on one thread, because the order of its sums would depend on their number", () => {
  assert.equal(isThreadable(enlarged(handler("iris/iris.onnx"), "iris.onnx")), false);
});

test("a forest is recognised at the end of a file too, where the ORT format keeps its names", () => {
  const path = join(folder, "forest.ort");
  const bytes = Buffer.alloc(5 * 2 ** 20);
  bytes.write("TreeEnsembleRegressor", bytes.length - 40, "latin1");
  writeFileSync(path, bytes);
  assert.equal(isThreadable(file(path)), false);
});
