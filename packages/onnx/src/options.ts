import { TricastError } from "@tricast/core";
import { refuseUnknown } from "@tricast/core/adapter";
// Types only: the modules are imported where runs wait, and where models are in a store.
import type { ExecutionOptions } from "./execution/settings.ts";
import type { OnnxSessionOptions } from "./session-options.ts";
import type { StoreOptions } from "./store-module.ts";

export interface OnnxStoreOptions extends StoreOptions {
  /**
   * How often a long-lived instance looks whether the alias has moved, in milliseconds; spread by a tenth either way.
   * 0: never. Default 60,000.
   */
  readonly recheckMs?: number;
  /** Folder of the disk cache; `null` keeps models in memory. Default: `TRICAST_CACHE_DIR`, else `tricast` in the temporary folder. */
  readonly cacheDir?: string | null;
}

export interface OnnxOptions {
  /** How the runtime runs the model. Default: chosen by the place; see {@link OnnxSessionOptions}. */
  readonly session?: OnnxSessionOptions;
  /**
   * What becomes of NaN and infinities in inputs: `"allow"` (default) passes them to the graph, `"refuse"` answers
   * `invalid-tensor`. Outputs always keep them; JSON spells them `"NaN"`, `"Infinity"`, `"-Infinity"`.
   */
  readonly nonFinite?: "allow" | "refuse";
  /** Whether instances and requests may be joined into one run. Default `"auto"`: see {@link Batching}. */
  readonly batching?: Batching;
  /** How runs are made on hosts that serve many requests at a time: worker threads and shared runs. */
  readonly execution?: ExecutionOptions;
  /** For a model in a store: how the store is opened, where its files are kept, how often its alias is looked at. */
  readonly store?: OnnxStoreOptions;
}

/**
 * Whether several instances of a request, or several requests, may be joined into one run, and whether serving without
 * `predict` takes single rows (the shape without its leading dimension).
 *
 * - `"auto"`: single rows are taken where every input and output of the graph has a leading dimension of any size. Rows are
 *   joined where the operators of the graph are known to keep them apart, and pay by being joined. A joined answer then
 *   equals the lone one within 1e-5 of that row's own magnitude; whole numbers and texts are the same.
 * - `"exact"`: single rows are taken as with `"auto"`, and nothing is joined: every answer has the bytes it has alone.
 * - `"off"`: nothing is joined, and the leading dimension is not one row per instance (a sequence leads, for one).
 */
export type Batching = "auto" | "exact" | "off";

const STORE_KEYS = [
  "recheckMs",
  "cacheDir",
  "timeoutMs",
  "endpoint",
  "region",
  "pathStyle",
  "profile",
  "headers",
  "ca",
];

const SESSION_KEYS = [
  "intraOpNumThreads",
  "interOpNumThreads",
  "graphOptimizationLevel",
  "executionMode",
  "logSeverityLevel",
  "config",
];

/** @throws {TricastError} `invalid-option`, naming the option, the value seen and the rule. */
export function checkOptions(options: OnnxOptions): void {
  refuseUnknown(options, ["session", "nonFinite", "batching", "execution", "store"], "onnx()");
  refuseUnknown(options.session ?? {}, SESSION_KEYS, "session of onnx()");
  refuseUnknown(options.store ?? {}, STORE_KEYS, "store of onnx()");
  checkInterval(options.store?.recheckMs);
  if (options.execution !== undefined) checkExecution(options.execution);
  checkChoice("nonFinite", options.nonFinite, ["allow", "refuse"]);
  checkChoice("batching", options.batching, ["auto", "exact", "off"]);
  checkChoice("graphOptimizationLevel", options.session?.graphOptimizationLevel, LEVELS);
  checkChoice("executionMode", options.session?.executionMode, ["sequential", "parallel"]);
  checkChoice("logSeverityLevel", options.session?.logSeverityLevel, [0, 1, 2, 3, 4]);
  checkThreads("intraOpNumThreads", options.session?.intraOpNumThreads);
  checkThreads("interOpNumThreads", options.session?.interOpNumThreads);
  for (const [key, value] of Object.entries(options.session?.config ?? {})) {
    if (typeof value !== "string")
      throw invalidOption(`config ${JSON.stringify(key)} is ${value}; values are strings, such as "1"`);
  }
}

function checkExecution(options: ExecutionOptions): void {
  refuseUnknown(options, ["mode", "workers", "maxBatchRows", "maxQueue"], "execution of onnx()");
  checkChoice("mode", options.mode, ["auto", "inline", "workers"]);
  checkWhole("workers", options.workers, 0, 64);
  checkWhole("maxBatchRows", options.maxBatchRows, 1, 65_536);
  checkWhole("maxQueue", options.maxQueue, 1, 1_000_000);
  const { mode, workers = mode === "workers" ? 1 : 0 } = options;
  const contradicts = (mode === "inline" && workers > 0) || (mode === "workers" && workers === 0);
  if (contradicts) throw invalidOption(`mode is "${mode}" and workers is ${workers}; give one of them`);
}

function checkWhole(option: string, value: unknown, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= least && (value as number) <= most))
    return;
  throw invalidOption(`${option} is ${JSON.stringify(value)}; it is a whole number from ${least} to ${most}`);
}

const LEVELS = ["disabled", "basic", "extended", "layout", "all"];

function checkChoice(option: string, value: unknown, choices: readonly unknown[]): void {
  if (value === undefined || choices.includes(value)) return;
  throw invalidOption(`${option} is ${JSON.stringify(value)}; it is one of ${choices.join(", ")}`);
}

function checkThreads(option: string, value: unknown): void {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 1024)) return;
  throw invalidOption(
    `${option} is ${JSON.stringify(value)}; it is a whole number from 0 (the runtime's own choice) to 1024`,
  );
}

function checkInterval(value: unknown): void {
  if (value === undefined || value === 0 || (typeof value === "number" && value >= 100)) return;
  throw invalidOption(`recheckMs is ${JSON.stringify(value)}; it is 0 (never) or at least 100 milliseconds`);
}

function invalidOption(message: string): TricastError {
  return new TricastError("invalid-option", message);
}
