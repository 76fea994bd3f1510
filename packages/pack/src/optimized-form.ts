import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { TricastError } from "@tricast/core";
import { type OptimizedRecord, recordRows, rowsOf } from "@tricast/onnx/optimize";
import type { Arch, ArtefactFile } from "./files.ts";

/** What is shipped of a model's optimised form, and why not where it is not. */
export interface OptimizedForm {
  readonly files: readonly FormFile[];
  readonly warning: string | undefined;
}

interface FormFile {
  readonly path: string;
  readonly content: ArtefactFile["content"];
}

const NONE: OptimizedForm = { files: [], warning: undefined };

/**
 * The record and the files of a model's optimised form, where it was made of this very file, for this architecture and
 * by this version of the runtime: an instance does not check the version, which is not in the artefact.
 * @throws {TricastError} `model-invalid` where the record names files that are not there.
 */
export function findOptimizedForm(model: string, arch: Arch, runtime: string | undefined): OptimizedForm {
  const record = `${model.replace(/(?:\.optimized)?\.(?:onnx|ort)$/, "")}.tricast.json`;
  if (!existsSync(record)) return NONE;
  const parsed = JSON.parse(readFileSync(record, "utf8")) as OptimizedRecord;
  const { original, variant } = parsed;
  const misfit =
    variant.target.arch !== arch
      ? `was made for ${variant.target.arch}`
      : runtime !== undefined && variant.runtime !== `onnxruntime ${runtime}`
        ? `was made by ${variant.runtime}, and this is ${runtime}`
        : original.size !== statSync(model).size
          ? "was made of another version of the model"
          : undefined;
  if (misfit !== undefined) {
    return {
      files: [],
      warning: `the optimised form of the model ${misfit}; it is left out. Make it again with: tricast models optimize`,
    };
  }
  const files = variant.files.map((name) => join(dirname(model), name));
  const missing = files.find((file) => !existsSync(file));
  if (missing === undefined)
    return { files: [recordFile(record, parsed, model), ...files.map(asItIs)], warning: undefined };
  throw new TricastError(
    "model-invalid",
    `${record} names ${missing}, which is not there; make it again with: tricast models optimize`,
  );
}

function asItIs(path: string): FormFile {
  return { path, content: { from: path } };
}

/** With what the form says of its original's rows, also where it was made before forms said that. */
function recordFile(path: string, record: OptimizedRecord, model: string): FormFile {
  if (rowsOf(record.variant) !== undefined || !model.endsWith(".onnx")) return asItIs(path);
  const variant = { ...record.variant, rows: recordRows(model) };
  return { path, content: { bytes: Buffer.from(`${JSON.stringify({ ...record, variant }, null, 2)}\n`) } };
}
