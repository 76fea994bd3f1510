import { readWhole } from "../check-options.ts";

/** How models run on hosts that serve many requests at a time. Options that are left out are decided by measurement. */
export interface ExecutionOptions {
  /**
   * `"auto"` (default) runs a model in worker threads, or on the main thread if its runs are too short to be worth sending
   * to a worker. `"inline"` and `"workers"` choose one of the two. `"workers"` also applies to hosts that serve one request at a time.
   */
  readonly mode?: "auto" | "inline" | "workers";
  /** Worker threads, each with a session of its own; 0 is `mode: "inline"`. Default: by measurement and memory. */
  readonly workers?: number;
  /** Most rows in a run that requests share; 1 disables sharing. Default: as many as make rows cheaper. */
  readonly maxBatchRows?: number;
  /** Most requests that wait; others are refused with `overloaded`. Default 1,000. */
  readonly maxQueue?: number;
}

/** The settings of the environment, else of the code; `undefined` is decided by measurement. */
export interface ExecutionSettings {
  readonly mode: "auto" | "inline" | "workers";
  readonly workers: number | undefined;
  readonly maxBatchRows: number | undefined;
  readonly maxQueue: number;
}

const DEFAULT_QUEUE = 1000;

/**
 * Variables of the environment override the code's options, for operators who only have the image.
 * @throws {TricastError} `invalid-option` for a variable that is not a whole number in range.
 */
export function readSettings(options: ExecutionOptions = {}, env = process.env): ExecutionSettings {
  const fromEnv = readWhole("TRICAST_WORKERS", env.TRICAST_WORKERS, 0, 64);
  const maxBatchRows = readWhole("TRICAST_MAX_BATCH_ROWS", env.TRICAST_MAX_BATCH_ROWS, 1, 65_536);
  const workers = fromEnv ?? options.workers;
  return {
    mode: fromEnv === undefined ? modeOf(options.mode, workers) : modeOf(undefined, workers),
    workers: workers === 0 ? undefined : workers,
    maxBatchRows: maxBatchRows ?? options.maxBatchRows,
    maxQueue: options.maxQueue ?? DEFAULT_QUEUE,
  };
}

function modeOf(mode: ExecutionOptions["mode"], workers: number | undefined): ExecutionSettings["mode"] {
  if (mode !== undefined && mode !== "auto") return mode;
  if (workers === undefined) return "auto";
  return workers === 0 ? "inline" : "workers";
}
