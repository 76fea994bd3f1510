import { refuseUnknown } from "@tricast/core/adapter";
import { checkChoice, checkOption, checkWhole, invalidOption } from "./check-options.ts";
// Types only: these modules are imported only where runs wait, and where models are in a store.
import type { ExecutionOptions } from "./execution/settings.ts";
import type { OnnxSessionOptions } from "./session-options.ts";
import type { StoreOptions } from "./store-module.ts";

export interface OnnxStoreOptions extends StoreOptions {
  /**
   * How often a long-lived instance checks whether the alias has moved, in milliseconds, with a random tenth more or less.
   * 0: never. Default 60,000.
   */
  readonly recheckMs?: number;
  /** Folder of the disk cache; `null` keeps models in memory. Default: `TRICAST_CACHE_DIR`, else `tricast` in the temporary folder. */
  readonly cacheDir?: string | null;
}

export interface OnnxOptions {
  /** How the runtime runs the model. Default: chosen for the machine; see {@link OnnxSessionOptions}. */
  readonly session?: OnnxSessionOptions;
  /**
   * NaN and infinities in inputs: `"allow"` (default) passes them to the graph, `"refuse"` answers `invalid-tensor`.
   * Outputs always keep them; JSON spells them `"NaN"`, `"Infinity"`, `"-Infinity"`.
   */
  readonly nonFinite?: "allow" | "refuse";
  /** Whether instances and requests may be joined into one run. Default `"auto"`: see {@link Batching}. */
  readonly batching?: Batching;
  /** How models run on hosts that serve many requests at a time: worker threads and shared runs. */
  readonly execution?: ExecutionOptions;
  /** For a model in a store: how the store is opened, where its files are cached, how often its alias is checked. */
  readonly store?: OnnxStoreOptions;
}

/**
 * Whether several instances of a request, or several requests, may be joined into one run, and whether serving without
 * `predict` accepts single rows (the shape without its leading dimension).
 *
 * - `"auto"`: single rows are accepted where every input and output of the graph has a leading dimension of any size. Rows
 *   are joined where the operators of the graph are known to keep them apart, and joining them makes runs cheaper. A joined
 *   answer then equals the lone one within 1e-5 of that row's own magnitude; whole numbers and texts are the same.
 * - `"exact"`: single rows are accepted as with `"auto"`, and nothing is joined: every answer has the bytes it has alone.
 * - `"off"`: nothing is joined, and the leading dimension is not one row per instance (for example, a sequence).
 */
export type Batching = "auto" | "exact" | "off";

const STORE_KEYS = "recheckMs cacheDir timeoutMs endpoint region pathStyle profile headers ca".split(" ");
const LEVELS = ["disabled", "basic", "extended", "layout", "all"];

/** @throws {TricastError} `invalid-option`, naming the option, the value seen and the rule. */
export function checkOptions(options: OnnxOptions): void {
  refuseUnknown(options, ["session", "nonFinite", "batching", "execution", "store"], "onnx()");
  refuseUnknown(options.store ?? {}, STORE_KEYS, "store of onnx()");
  checkInterval(options.store?.recheckMs);
  checkExecution(options.execution ?? {});
  checkChoice("nonFinite", options.nonFinite, ["allow", "refuse"]);
  checkChoice("batching", options.batching, ["auto", "exact", "off"]);
  checkSession(options.session ?? {});
}

function checkInterval(value: unknown): void {
  const holds = value === 0 || (typeof value === "number" && value >= 100);
  checkOption("recheckMs", value, holds, "0 (never) or at least 100 milliseconds");
}

function checkExecution(options: ExecutionOptions): void {
  refuseUnknown(options, ["mode", "workers", "maxBatchRows", "maxQueue"], "execution of onnx()");
  checkChoice("mode", options.mode, ["auto", "inline", "workers"]);
  checkWhole("workers", options.workers, 0, 64);
  checkWhole("maxBatchRows", options.maxBatchRows, 1, 65_536);
  checkWhole("maxQueue", options.maxQueue, 1, 1_000_000);
  const { mode, workers = mode === "workers" ? 1 : 0 } = options;
  const contradicts = (mode === "inline" && workers > 0) || (mode === "workers" && workers === 0);
  if (contradicts) throw invalidOption(`mode is "${mode}" and workers is ${workers}; set only one of them`);
}

function checkSession({ config = {}, ...session }: OnnxSessionOptions): void {
  const { intraOpNumThreads, interOpNumThreads, graphOptimizationLevel, executionMode, logSeverityLevel } = session;
  const choices = ["graphOptimizationLevel", "executionMode", "logSeverityLevel"];
  refuseUnknown(session, ["intraOpNumThreads", "interOpNumThreads", "config", ...choices], "session of onnx()");
  checkChoice("graphOptimizationLevel", graphOptimizationLevel, LEVELS);
  checkChoice("executionMode", executionMode, ["sequential", "parallel"]);
  checkChoice("logSeverityLevel", logSeverityLevel, [0, 1, 2, 3, 4]);
  checkWhole("intraOpNumThreads", intraOpNumThreads, 0, 1024, " (the runtime's own choice)");
  checkWhole("interOpNumThreads", interOpNumThreads, 0, 1024, " (the runtime's own choice)");
  for (const [key, value] of Object.entries(config)) {
    if (typeof value !== "string")
      throw invalidOption(`config ${JSON.stringify(key)} is ${value}; values are strings, such as "1"`);
  }
}
