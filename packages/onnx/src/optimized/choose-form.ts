import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Logger } from "@tricast/core";
import type { ModelFile } from "../locate.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cpuKind } from "./cpu-kind.ts";
import { fileSample } from "./file-sample.ts";
import {
  type OptimizedRecord,
  type RecordedRows,
  readRecord,
  recordPath,
  rowsOf,
  type Variant,
  type VariantSession,
} from "./record.ts";

/** The file to load, with its settings where they are known. */
export interface Form {
  readonly file: ModelFile;
  readonly session?: VariantSession | undefined;
  /** The original beside an optimised form. It is loaded when the form fails. */
  readonly original?: ModelFile | undefined;
  /** Whether rows of the original are independent, from the record of an optimised form. */
  readonly rows?: RecordedRows["outputs"] | undefined;
  /** Whether `file` is the original, changed in memory: see `servedOptions`. */
  readonly isEdited?: boolean | undefined;
  /** Values of inputs that a request may leave out. */
  readonly defaults?: Readonly<Record<string, Tensor>> | undefined;
  /** Outputs that are sequences, see `sequenceParts`. */
  readonly sequences?: readonly string[] | undefined;
  /** Why an optimised form without its original probably cannot load on this machine. */
  readonly misfit?: string | undefined;
}

/** The file whose graph a form computes. */
export function graphFile({ file, original, isEdited }: Form): ModelFile {
  return isEdited ? file : (original ?? file);
}

/** Copied files have slightly different times, in any order. */
const COPY_MS = 60_000;

/**
 * The optimised form beside a model, if it was made from this model, for this kind of processor and this version of the
 * runtime. Otherwise the model itself, with a warning that gives the reason.
 */
export function chooseForm(file: ModelFile, runtimeVersion: string | undefined, log: Logger): Form {
  if (file.content !== undefined) return { file };
  const path = recordPath(file.path);
  try {
    const record = readRecord(path);
    if (record !== undefined && isAbout(record, file)) return choose(record, file, runtimeVersion, log);
  } catch (error) {
    log.warn(`${path} is ignored: ${(error as Error).message}`);
  }
  return { file };
}

function isAbout({ original, variant }: OptimizedRecord, { path }: ModelFile): boolean {
  const name = basename(path);
  return name === original.file || name === variant.files[0];
}

function choose(record: OptimizedRecord, file: ModelFile, runtimeVersion: string | undefined, log: Logger): Form {
  const folder = dirname(file.path);
  const { variant } = record;
  const original = fileAt(join(folder, record.original.file));
  const optimized = fileAt(join(folder, variant.files[0]!));
  const misfit =
    findMisfit(variant, runtimeVersion) ?? findDamage(record, folder) ?? findStale(record, original, optimized);
  if (misfit === undefined) return { file: optimized!, session: variant.session, original, rows: rowsOf(variant) };
  if (original !== undefined) {
    log.warn(`the optimised form of ${original.path} is ignored: ${misfit}. ${REMAKE}`, { reason: misfit });
    return { file: original };
  }
  return { file, misfit };
}

export const REMAKE = "Make it again with: tricast models optimize";

/** Why a form does not fit this processor or runtime; `undefined` when it does. */
export function findMisfit(
  { target, runtime }: Pick<Variant, "target" | "runtime">,
  runtimeVersion: string | undefined,
): string | undefined {
  if (target.arch !== process.arch) return `it was made for ${target.arch}, and this machine is ${process.arch}`;
  if (target.cpu !== undefined) {
    const cpu = cpuKind();
    if (cpu !== target.cpu)
      return `it was made for processors with ${target.cpu}, and this one has ${cpu ?? "unknown features"}`;
  }
  const here = `onnxruntime ${runtimeVersion}`;
  // The version is not known for an addon without its package.json. A build contains a matching addon and form.
  if (runtimeVersion === undefined || runtime === here) return undefined;
  return `it was made by ${runtime}, and this runtime is ${here}`;
}

function findDamage({ variant, sizes }: OptimizedRecord, folder: string): string | undefined {
  for (const name of variant.files) {
    const bytes = fileAt(join(folder, name))?.bytes;
    if (bytes === undefined) return `${name} does not exist`;
    if (bytes !== sizes[name]) return `${name} has ${bytes} bytes instead of ${sizes[name]}`;
  }
  return undefined;
}

/** Whether the original has changed. Computing its digest would take longer than loading it. */
function findStale(
  { original: recorded }: OptimizedRecord,
  original: TimedFile | undefined,
  optimized: TimedFile | undefined,
): string | undefined {
  if (original === undefined || optimized === undefined) return undefined;
  if (original.bytes !== recorded.size) return `${recorded.file} has changed since then`;
  if (original.modified === recorded.modified) return undefined;
  // A copy has other times. Then the optimised form is not older, and the samples are equal.
  const isCopy = original.modified <= optimized.modified + COPY_MS;
  if (isCopy && fileSample(original.path, original.bytes) === recorded.sample) return undefined;
  return `${recorded.file} has changed since then`;
}

interface TimedFile extends ModelFile {
  readonly modified: number;
}

function fileAt(path: string): TimedFile | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isDirectory()) return undefined;
  const format = path.endsWith(".ort") ? "ort" : "onnx";
  return { path, bytes: stats.size, format, modified: Math.trunc(stats.mtimeMs) };
}
