import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { TricastError } from "@tricast/core";
import { type OptimizedRecord, recordRows, rowsOf } from "@tricast/onnx/optimize";
import { type Content, jsonContent } from "../files/artefact-file.ts";
import type { Arch } from "../targets/arch.ts";

/** The runtime that loads the models of an artefact. */
export interface ModelRuntime {
  readonly arch: Arch;
  /** Absent where the artefact has no runtime. */
  readonly version: string | undefined;
}

/** The files of a model's optimised form; a warning where there are none because it does not fit. */
export interface OptimizedForm {
  readonly files: readonly FormFile[];
  readonly warning: string | undefined;
}

interface FormFile {
  readonly path: string;
  readonly content: Content;
}

const NONE: OptimizedForm = { files: [], warning: undefined };
const REMAKE = "Make it again with: tricast models optimize";

/**
 * The record and the files of a model's optimised form, where it was made of this very model, for this architecture and
 * by this version of the runtime: an instance does not check the version, which is not in the artefact.
 * @param model the original, or the form itself: a predictor may name either, and the record belongs to both.
 * @throws {TricastError} `model-invalid` where the record names files that do not exist.
 */
export function findOptimizedForm(model: string, runtime: ModelRuntime): OptimizedForm {
  const path = `${model.replace(/(?:\.optimized)?\.(?:onnx|ort)$/, "")}.tricast.json`;
  if (!existsSync(path)) return NONE;
  const record = JSON.parse(readFileSync(path, "utf8")) as OptimizedRecord;
  const isForm = basename(model) === record.variant.files[0];
  if (!isForm && basename(model) !== record.original.file) return NONE;
  const original = join(dirname(model), record.original.file);
  const misfit = findMisfit(record, original, runtime);
  if (misfit !== undefined) return { files: [], warning: leftOut(basename(model), isForm, misfit) };
  const files = record.variant.files.map((name) => join(dirname(model), name));
  const missing = files.find((file) => !existsSync(file));
  if (missing === undefined)
    return { files: [recordFile(path, record, original), ...files.map(asItIs)], warning: undefined };
  throw new TricastError("model-invalid", `${path} names ${missing}, which does not exist. ${REMAKE}`);
}

/** Why a form is not for this artefact; `undefined` where it is. */
function findMisfit(
  { original: recorded, variant }: OptimizedRecord,
  original: string,
  { arch, version }: ModelRuntime,
): string | undefined {
  if (variant.target.arch !== arch) return `was made for ${variant.target.arch}, and this artefact is for ${arch}`;
  if (version !== undefined && variant.runtime !== `onnxruntime ${version}`)
    return `was made by ${variant.runtime}, and this is ${version}`;
  const size = statSync(original, { throwIfNoEntry: false })?.size;
  return size === undefined || size === recorded.size ? undefined : "was made of another version of the model";
}

function leftOut(model: string, isForm: boolean, misfit: string): string {
  return isForm
    ? `the model ${model} is an optimised form that ${misfit}; its record is left out, so each request runs alone. ${REMAKE}`
    : `the optimised form of the model ${misfit}; it is left out. ${REMAKE}`;
}

function asItIs(path: string): FormFile {
  return { path, content: { from: path } };
}

/** With the verdict on the original's rows, also where the record is older than such verdicts. */
function recordFile(path: string, record: OptimizedRecord, original: string): FormFile {
  if (rowsOf(record.variant) !== undefined || !original.endsWith(".onnx") || !existsSync(original)) return asItIs(path);
  const variant = { ...record.variant, rows: recordRows(original) };
  return { path, content: jsonContent({ ...record, variant }) };
}
