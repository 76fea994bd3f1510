import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type OptimizedRecord, recordRows, rowsOf } from "@tricast/onnx/optimize";
import { modelInvalid } from "../errors.ts";
import { type ArtefactFile, jsonContent } from "../files/artefact-file.ts";
import type { Arch } from "../targets/arch.ts";
import { REMAKE, readRecord, recordPath } from "./record.ts";

/** The runtime that loads the models of an artefact. */
export interface ModelRuntime {
  readonly arch: Arch;
  /** Absent where the artefact has no runtime. */
  readonly version: string | undefined;
}

/** The files of a model's optimised form. Without files, the warning says why an existing form does not fit. */
export interface OptimizedForm {
  readonly files: readonly FormFile[];
  readonly warning: string | undefined;
}

type FormFile = Pick<ArtefactFile, "path" | "content">;

const NONE: OptimizedForm = { files: [], warning: undefined };

/**
 * The record and the files of a model's optimised form, if the form was made of this model, for this architecture and by
 * this version of the runtime. An instance does not check the version: the artefact does not have it.
 * @param model the original or the form: the record describes both.
 * @param named the path in the predictor. Where it does not exist, `model` replaces it.
 * @throws {TricastError} `model-invalid` where the record names files that do not exist, and for a form that does not fit
 * and replaces its original: an instance refuses to load it.
 */
export function findOptimizedForm(model: string, runtime: ModelRuntime, named = model): OptimizedForm {
  const record = readRecord(model);
  if (record === undefined) return NONE;
  const name = basename(model);
  const isForm = name === record.variant.files[0];
  if (!isForm && name !== record.original.file) return NONE;
  const original = join(dirname(model), record.original.file);
  const misfit = findMisfit(record, original, runtime);
  if (misfit !== undefined && !existsSync(named))
    throw modelInvalid(
      `${named} does not exist, and its optimised form ${name} ${misfit}. Add the original. ${REMAKE}`,
    );
  if (misfit !== undefined) return { files: [], warning: leftOut(name, isForm, misfit) };
  const files = record.variant.files.map((file) => join(dirname(model), file));
  const path = recordPath(model);
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw modelInvalid(`${path} names ${missing}, which does not exist. ${REMAKE}`);
  return { files: [recordFile(path, record, original), ...files.map(unchanged)], warning: undefined };
}

/** Why a form does not fit this artefact; `undefined` where it fits. */
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

function unchanged(path: string): FormFile {
  return { path, content: { from: path } };
}

/** Adds the verdict on the original's rows to a record that is older than these verdicts. */
function recordFile(path: string, record: OptimizedRecord, original: string): FormFile {
  if (rowsOf(record.variant) !== undefined || !original.endsWith(".onnx") || !existsSync(original))
    return unchanged(path);
  const variant = { ...record.variant, rows: recordRows(original) };
  return { path, content: jsonContent({ ...record, variant }) };
}
