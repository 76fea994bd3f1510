import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { ROW_ANALYSIS } from "../../onnx/src/optimized/record.ts";
import { times } from "../../onnx/test/execution/support/graphs.ts";
import { findModels } from "../src/models/find-models.ts";
import { findOptimizedForm, type OptimizedForm } from "../src/models/optimized-form.ts";

const folder = mkdtempSync(join(tmpdir(), "form-"));
after(() => rmSync(folder, { recursive: true }));
const model = join(folder, "m.onnx");
const form = join(folder, "m.ort");
const record = join(folder, "m.tricast.json");
writeFileSync(form, "a form");

const VARIANT = { files: ["m.ort"], target: { arch: "x64" }, runtime: "onnxruntime 1.30.0", session: {}, measured: {} };
const ROWS = { analysis: ROW_ANALYSIS, outputs: { y: true } };
const HERE = { arch: "x64", version: "1.30.0" } as const;

beforeEach(() => writeFileSync(model, times(2)));

function writeRecord(rows?: unknown): void {
  const original = { file: "m.onnx", size: statSync(model).size };
  const variant = { ...VARIANT, ...(rows === undefined ? {} : { rows }) };
  writeFileSync(record, JSON.stringify({ format: 1, original, variant }));
}

/** The record that is shipped: its document, or where it lies. */
function shippedRecord({ files, warning }: OptimizedForm): unknown {
  assert.equal(warning, undefined);
  assert.deepEqual(
    files.map(({ path }) => basename(path)),
    ["m.tricast.json", "m.ort"],
  );
  const { content } = files[0]!;
  return "bytes" in content ? JSON.parse(Buffer.from(content.bytes).toString()) : content;
}

for (const [named, path] of [
  ["the original", model],
  ["the form itself", form],
] as const) {
  test(`a record without a verdict on rows is shipped with that of the graph, where a predictor names ${named}`, () => {
    for (const rows of [undefined, { analysis: 0, outputs: { y: "of long ago" } }]) {
      writeRecord(rows);
      const { variant, original } = shippedRecord(findOptimizedForm(path, HERE)) as {
        variant: Record<string, unknown>;
        original: { file: string };
      };
      assert.deepEqual(variant, { ...VARIANT, rows: ROWS });
      assert.equal(original.file, "m.onnx");
    }
  });

  test(`a record with a verdict is shipped as it is, where a predictor names ${named}`, () => {
    writeRecord(ROWS);
    assert.deepEqual(shippedRecord(findOptimizedForm(path, HERE)), { from: record });
  });
}

test("a predictor that names the form gets the form and its record into its artefact, and not the original", () => {
  writeRecord(ROWS);
  const definition = { models: [{ key: "model", uri: "m.ort" }] };
  const project = { name: "m", folder, predictFile: join(folder, "predict.ts"), root: folder };
  const { entries, files, warnings } = findModels(definition, project, HERE);
  assert.deepEqual(entries, [{ key: "model", uri: "m.ort", path: "m.ort" }]);
  assert.deepEqual([files.map(({ path }) => path), warnings], [["m.ort", "m.tricast.json"], []]);
});

test("a form is shipped with its record where its original is not there", () => {
  writeRecord(ROWS);
  rmSync(model);
  assert.deepEqual(shippedRecord(findOptimizedForm(form, HERE)), { from: record });
});

test("a form that does not fit is left out, or loses its record where the predictor names it, and a warning says why", () => {
  writeRecord(ROWS);
  const arm = { arch: "arm64", version: "1.30.0" } as const;
  const newer = { arch: "x64", version: "1.31.0" } as const;
  const misfits = [
    [arm, /was made for x64, and this artefact is for arm64/],
    [newer, /was made by onnxruntime 1\.30\.0, and this is 1\.31\.0/],
  ] as const;
  for (const [runtime, why] of misfits) {
    const [asOriginal, asForm] = [findOptimizedForm(model, runtime), findOptimizedForm(form, runtime)];
    assert.deepEqual([asOriginal.files, asForm.files], [[], []]);
    for (const { warning } of [asOriginal, asForm]) assert.match(warning ?? "", why);
    assert.match(asOriginal.warning ?? "", /^the optimised form of the model .* it is left out/);
    assert.match(asForm.warning ?? "", /^the model m\.ort is an optimised form .* so each request runs alone/);
  }
});

test("a form of an original that was changed since is left out", () => {
  writeRecord(ROWS);
  writeFileSync(model, Buffer.concat([times(2), Buffer.alloc(1)]));
  for (const path of [model, form])
    assert.match(findOptimizedForm(path, HERE).warning ?? "", /was made of another version of the model/);
});

test("a record about other files does not count", () => {
  writeRecord(ROWS);
  const other = join(folder, "m.optimized.onnx");
  writeFileSync(other, times(3));
  assert.deepEqual(findOptimizedForm(other, HERE), { files: [], warning: undefined });
});
