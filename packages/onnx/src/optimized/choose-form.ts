import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Logger } from "@tricast/core";
import type { ModelFile } from "../locate.ts";
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

/** What to load: a file, and how where that is known. */
export interface Form {
  readonly file: ModelFile;
  readonly session?: VariantSession | undefined;
  /** What to load when this one fails: the original beside an optimised form. */
  readonly original?: ModelFile | undefined;
  /** Whether the rows of the original keep apart, where an optimised form says so. */
  readonly rows?: RecordedRows["outputs"] | undefined;
  /** Why an optimised form with no original beside it cannot be expected to load here. */
  readonly misfit?: string | undefined;
}

/** A copy gives its files slightly different times, in any order. */
const COPY_MS = 60_000;

/**
 * The optimised form beside a model, where there is one that was made of this very model, for this kind of processor and
 * this version of the runtime; otherwise the model itself, with one warning that tells why.
 */
export function chooseForm(file: ModelFile, runtimeVersion: string | undefined, log: Logger): Form {
  if (file.content !== undefined) return { file };
  const path = recordPath(file.path);
  try {
    const record = readRecord(path);
    if (record !== undefined && isAbout(record, file)) return choose(record, file, runtimeVersion, log);
  } catch (error) {
    log.warn(`${path} is left aside: ${(error as Error).message}`);
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
    log.warn(`the optimised form of ${original.path} is left aside: ${misfit}. ${REMAKE}`, { reason: misfit });
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
  if (target.arch !== process.arch) return `it was made for ${target.arch}, and this is ${process.arch}`;
  if (target.cpu !== undefined) {
    const cpu = cpuKind();
    if (cpu !== target.cpu)
      return `it was made for processors with ${target.cpu}, and this one has ${cpu ?? "unknown features"}`;
  }
  const here = `onnxruntime ${runtimeVersion}`;
  // An addon shipped without its package.json does not tell; a build makes both together.
  if (runtimeVersion === undefined || runtime === here) return undefined;
  return `it was made by ${runtime}, and this is ${here}`;
}

function findDamage({ variant, sizes }: OptimizedRecord, folder: string): string | undefined {
  for (const name of variant.files) {
    const bytes = fileAt(join(folder, name))?.bytes;
    if (bytes === undefined) return `${name} is not there`;
    if (bytes !== sizes[name]) return `${name} has ${bytes} bytes instead of ${sizes[name]}`;
  }
  return undefined;
}

/** Whether the original was changed since; its digest would take longer than loading it. */
function findStale(
  { original: recorded }: OptimizedRecord,
  original: TimedFile | undefined,
  optimized: TimedFile | undefined,
): string | undefined {
  if (original === undefined || optimized === undefined) return undefined;
  if (original.bytes !== recorded.size) return `${recorded.file} was changed since`;
  if (original.modified === recorded.modified) return undefined;
  // A copy has other times. Then the one that is optimised is not older, and the samples agree.
  const isCopy = original.modified <= optimized.modified + COPY_MS;
  if (isCopy && fileSample(original.path, original.bytes) === recorded.sample) return undefined;
  return `${recorded.file} was changed since`;
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
