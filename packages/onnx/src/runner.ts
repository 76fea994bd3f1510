import type { Logger } from "@tricast/core";
// A type only: most hosts do not load the module.
import type { ExecutionStats } from "./execution/stats.ts";
import type { Feeds } from "./feeds.ts";
import type { Form } from "./optimized/choose-form.ts";
import type { Batching } from "./options.ts";
import type { Tensor } from "./tensor/tensor.ts";

export interface OnnxRunOptions {
  /** Outputs to compute; fewer are faster. Default: every tensor output. */
  readonly outputs?: readonly string[];
  /** If it aborts before the run begins, the run is cancelled and rejects with the reason. Only where runs wait. */
  readonly signal?: AbortSignal;
}

export type Outputs = Record<string, Tensor>;
export type Fetches = Readonly<Record<string, null>>;

/** Runs a graph on inputs that are known to fit it. */
export interface Runner<Ran extends Outputs | Promise<Outputs> = Outputs | Promise<Outputs>> {
  /** Reads `options.signal` only where a run has to wait: a request creates its signal on first use. */
  run(feeds: Feeds, fetches: Fetches, options?: Pick<OnnxRunOptions, "signal">): Ran;
  /** Called once. */
  close(): void | Promise<void>;
  stats?(): ExecutionStats;
}

/** The origin of a loaded model and the settings for shared runs: see `RowJoins`. */
export interface ModelOrigin {
  readonly form: Form;
  readonly batching: Batching | undefined;
  /** Set by the code. */
  readonly intraOpNumThreads: number | undefined;
  /** Session configuration entries of the code. */
  readonly config: Readonly<Record<string, string>> | undefined;
  readonly log: Logger;
}
