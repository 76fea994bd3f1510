import { existsSync, readFileSync } from "node:fs";
import type { RowVerdict } from "../graph/rows/analyze-rows.ts";

/**
 * `<name>.tricast.json`, beside an optimised form of `<name>.onnx`: its original and its target. `optimizeModel` writes
 * it, and loading a model reads it.
 */
export interface OptimizedRecord {
  readonly format: 1;
  readonly original: OriginalFile;
  readonly variant: Variant;
  /** Bytes of each of the variant's files. */
  readonly sizes: Readonly<Record<string, number>>;
}

export interface OriginalFile {
  /** Name of a file beside the record. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Time of the last change: milliseconds since the epoch. */
  readonly modified: number;
  readonly sha256: string;
  /** See `fileSample`. */
  readonly sample: string;
}

/** An optimised form, in a record and in `variants` of a store's `model.json`. */
export interface Variant {
  /** The first is loaded. */
  readonly files: readonly string[];
  readonly target: {
    /** As `process.arch`. */
    readonly arch: string;
    /** Set if weights are laid out for one kind of processor; see `CpuKind`. */
    readonly cpu?: string;
    /** Threads of the session in the measurements. */
    readonly threads?: number;
  };
  /** `onnxruntime 1.30.0` */
  readonly runtime: string;
  readonly session: VariantSession;
  readonly measured: Readonly<Record<string, unknown>>;
  /** Whether rows of the original are independent, by output. Without it, each request runs alone. */
  readonly rows?: RecordedRows;
}

/** A type and not an interface, because a store's manifest needs a type that is assignable to a record. */
export type RecordedRows = {
  /** Version of the analysis. Results of other versions are ignored. */
  readonly analysis: number;
  /** By output: `true`, or why not. */
  readonly outputs: RowVerdict;
};

/** The current version of the analysis. Raise it when the verdict about any graph changes. */
export const ROW_ANALYSIS = 2;

/** The verdict about the rows of the original, if it is of the current version of the analysis. */
export function rowsOf({ rows }: ListedRows): RecordedRows["outputs"] | undefined {
  const { analysis, outputs } = rows ?? {};
  const isCurrent = analysis === ROW_ANALYSIS && typeof outputs === "object" && outputs !== null;
  return isCurrent ? (outputs as RecordedRows["outputs"]) : undefined;
}

/** The form of a store's manifest. */
export interface ListedRows {
  readonly rows?: Readonly<Record<string, unknown>> | undefined;
}

/** Settings that the form must be loaded with. A type and not an interface, as {@link RecordedRows}. */
export type VariantSession = {
  readonly graphOptimizationLevel: "disabled" | "all";
  /** Session configuration entries by full key. */
  readonly config: Readonly<Record<string, string>>;
  /** Whether it may run on more than one thread. */
  readonly threadable: boolean;
};

export const RECORD_ENDING = ".tricast.json";

/** The path of the record of an optimised form, whether it exists or not; `path` is the original or the form. */
export function recordPath(path: string): string {
  return path.replace(/(?:\.optimized)?\.(?:onnx|ort)$/, "") + RECORD_ENDING;
}

/** `undefined` without a record. @throws {SyntaxError} when the file is not a valid record. */
export function readRecord(path: string): OptimizedRecord | undefined {
  // Most models do not have a record, and creating an error takes longer than checking.
  if (!existsSync(path)) return undefined;
  const record = JSON.parse(readFileSync(path, "utf8")) as Partial<OptimizedRecord> | null;
  if (isRecord(record)) return record;
  throw new SyntaxError("it is not a record of an optimised model of format 1");
}

function isRecord(value: Partial<OptimizedRecord> | null): value is OptimizedRecord {
  return (
    value?.format === 1 &&
    isPlainName(value.original?.file) &&
    Array.isArray(value.variant?.files) &&
    value.variant.files.length > 0 &&
    value.variant.files.every((file) => isPlainName(file) && typeof value.sizes?.[file] === "number") &&
    typeof value.variant.target?.arch === "string" &&
    typeof value.variant.runtime === "string" &&
    typeof value.variant.session?.config === "object"
  );
}

function isPlainName(name: unknown): boolean {
  return typeof name === "string" && /^[^/\\]+$/.test(name) && name !== "." && name !== "..";
}
