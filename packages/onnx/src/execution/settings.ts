import { TricastError } from "@tricast/core";

/** How runs are made on hosts that serve many requests at a time. Whatever is not given is measured. */
export interface ExecutionOptions {
  /**
   * `"auto"` (default) runs a model on the main thread when one run takes less than the way to a worker is worth, else
   * in worker threads. `"inline"` and `"workers"` decide it; `"workers"` also does on hosts that serve one at a time.
   */
  readonly mode?: "auto" | "inline" | "workers";
  /** Worker threads, each with a session of its own; 0 is `mode: "inline"`. Default: by what threads gain, and memory. */
  readonly workers?: number;
  /** Rows that requests may share a run up to; 1 is off. Default: as many as make rows cheaper, and off where none do. */
  readonly maxBatchRows?: number;
  /** Requests that may wait for their turn; more are refused with `overloaded`. Default 1,000. */
  readonly maxQueue?: number;
}

/** What an operator, or else the code, has decided; `undefined` is to be measured. */
export interface ExecutionSettings {
  readonly mode: "auto" | "inline" | "workers";
  readonly workers: number | undefined;
  readonly maxBatchRows: number | undefined;
  readonly maxQueue: number;
}

/** Read where runs may wait. They win over the code's options, for who has only the image. */
export const WORKERS_VARIABLE = "TRICAST_WORKERS";
export const BATCH_VARIABLE = "TRICAST_MAX_BATCH_ROWS";

const DEFAULT_QUEUE = 1000;

/** @throws {TricastError} `invalid-option` for a variable that is not a whole number in range. */
export function readSettings(
  options: ExecutionOptions = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): ExecutionSettings {
  const fromEnv = readWhole(env, WORKERS_VARIABLE, 0, MOST_WORKERS);
  const workers = fromEnv ?? options.workers;
  return {
    mode: fromEnv === undefined ? modeOf(options.mode, workers) : modeOf(undefined, workers),
    workers: workers === 0 ? undefined : workers,
    maxBatchRows: readWhole(env, BATCH_VARIABLE, 1, MOST_ROWS) ?? options.maxBatchRows,
    maxQueue: options.maxQueue ?? DEFAULT_QUEUE,
  };
}

export const MOST_WORKERS = 64;
export const MOST_ROWS = 65_536;

function modeOf(mode: ExecutionOptions["mode"], workers: number | undefined): ExecutionSettings["mode"] {
  if (mode !== undefined && mode !== "auto") return mode;
  if (workers === undefined) return "auto";
  return workers === 0 ? "inline" : "workers";
}

function readWhole(
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  least: number,
  most: number,
): number | undefined {
  const text = env[variable];
  if (!text) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new TricastError(
    "invalid-option",
    `${variable} is ${JSON.stringify(text)}; it is a whole number from ${least} to ${most}`,
  );
}
