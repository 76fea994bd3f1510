import { existsSync, readFileSync } from "node:fs";
import type { RowVerdict } from "../graph/rows/analyze-rows.ts";

/**
 * `<name>.tricast.json`, beside an optimised form of `<name>.onnx`: what it was made of, and for what. Written by
 * `optimizeModel`, read at load.
 */
export interface OptimizedRecord {
  readonly format: 1;
  readonly original: OriginalFile;
  readonly variant: Variant;
  /** Bytes of each of the variant's files. */
  readonly sizes: Readonly<Record<string, number>>;
}

export interface OriginalFile {
  /** Beside the record. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** When it was last written: milliseconds since the epoch. */
  readonly modified: number;
  readonly sha256: string;
  /** See `fileSample`. */
  readonly sample: string;
}

/** An optimised form, as `variants` of a store's `model.json` lists it too. */
export interface Variant {
  /** The first is the one that is loaded. */
  readonly files: readonly string[];
  readonly target: {
    /** As `process.arch`. */
    readonly arch: string;
    /** Set where weights are laid out for one kind of processor; see `CpuKind`. */
    readonly cpu?: string;
    /** Threads of the session that it was measured with. */
    readonly threads?: number;
  };
  /** `onnxruntime 1.30.0` */
  readonly runtime: string;
  readonly session: VariantSession;
  readonly measured: Readonly<Record<string, unknown>>;
  /** Whether rows of the original keep apart, by output. Without it, each request runs by itself. */
  readonly rows?: RecordedRows;
}

/** See `RowRecord`. A type and not an interface, which would be no record to a store's manifest. */
export type RecordedRows = {
  /** Version of the analysis. What another one found does not count. */
  readonly analysis: number;
  /** `true`, or why not. */
  readonly outputs: RowVerdict;
};

/** The version of the analysis that is in force; raised when it no longer says of some graph what it said before. */
export const ROW_ANALYSIS = 1;

/** What a form says of the rows of its original, where the analysis in force said so. */
export function rowsOf({ rows }: ListedRows): RecordedRows["outputs"] | undefined {
  const { analysis, outputs } = rows ?? {};
  const isCurrent = analysis === ROW_ANALYSIS && typeof outputs === "object" && outputs !== null;
  return isCurrent ? (outputs as RecordedRows["outputs"]) : undefined;
}

/** As a store's manifest holds it. */
export interface ListedRows {
  readonly rows?: Readonly<Record<string, unknown>> | undefined;
}

/** How the form must be loaded. A type and not an interface, which would be no record to a store's manifest. */
export type VariantSession = {
  readonly graphOptimizationLevel: "disabled" | "all";
  /** Session configuration entries by full key. */
  readonly config: Readonly<Record<string, string>>;
  /** Whether it may run on more than one thread. */
  readonly threadable: boolean;
};

export const RECORD_ENDING = ".tricast.json";

/** Where the record of a model's optimised form is, or would be; `path` is the original or the form itself. */
export function recordPath(path: string): string {
  return path.replace(/(?:\.optimized)?\.(?:onnx|ort)$/, "") + RECORD_ENDING;
}

/** `undefined` where there is no record. @throws {SyntaxError} when the file is not a valid record. */
export function readRecord(path: string): OptimizedRecord | undefined {
  // Most models have none, and making an error takes longer than looking.
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
