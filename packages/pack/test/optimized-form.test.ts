import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { times } from "../../onnx/test/execution/support/graphs.ts";
import { findOptimizedForm } from "../src/optimized-form.ts";

const folder = mkdtempSync(join(tmpdir(), "form-"));
after(() => rmSync(folder, { recursive: true }));
const model = join(folder, "m.onnx");
const record = join(folder, "m.tricast.json");
writeFileSync(model, times(2));
writeFileSync(join(folder, "m.ort"), "a form");

const VARIANT = { files: ["m.ort"], target: { arch: "x64" }, runtime: "onnxruntime 1.30.0", session: {}, measured: {} };

function recordIn(rows?: unknown): unknown {
  const original = { file: "m.onnx", size: statSync(model).size };
  writeFileSync(
    record,
    JSON.stringify({ format: 1, original, variant: { ...VARIANT, ...(rows === undefined ? {} : { rows }) } }),
  );
  const { files, warning } = findOptimizedForm(model, "x64", "1.30.0");
  assert.equal(warning, undefined);
  assert.deepEqual(
    files.map(({ path }) => basename(path)),
    ["m.tricast.json", "m.ort"],
  );
  const { content } = files[0]!;
  return "bytes" in content ? JSON.parse(Buffer.from(content.bytes).toString()) : content;
}

test("a record that does not say whether rows keep apart is shipped with what the graph says", () => {
  for (const rows of [undefined, { analysis: 0, outputs: { y: "of long ago" } }]) {
    const { variant, original } = recordIn(rows) as { variant: Record<string, unknown>; original: { file: string } };
    assert.deepEqual(variant, { ...VARIANT, rows: { analysis: 1, outputs: { y: true } } });
    assert.equal(original.file, "m.onnx");
  }
});

test("a record that says it is shipped as it is", () => {
  assert.deepEqual(recordIn({ analysis: 1, outputs: { y: true } }), { from: record });
});
