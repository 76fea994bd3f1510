import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { type OnnxModel, type OnnxOptions, onnx } from "../../src/index.ts";
import { type LogLine, loadContext } from "./context.ts";

/** A folder for one test file's models, removed when its tests are done. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tricast-onnx-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function write(folder: string, name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

let written = 0;

/** Opens models made by the tests, and closes them when the tests of the file are done. */
export function modelOpener(): (bytes: Uint8Array, options?: OnnxOptions, lines?: LogLine[]) => OnnxModel {
  const folder = scratchFolder();
  const open: OnnxModel[] = [];
  after(() => {
    for (const model of open) model.close();
  });
  return (bytes, options, lines) => {
    const path = write(folder, `model-${written++}.onnx`, bytes);
    const model = onnx(path, options).load(loadContext(lines)) as OnnxModel;
    open.push(model);
    return model;
  };
}
