import type { Logger } from "@tricast/core";
// A type only: most places have no use for the module.
import type { ExecutionStats } from "./execution/stats.ts";
import type { Feeds } from "./feeds.ts";
import type { Form } from "./optimized/choose-form.ts";
import type { Batching } from "./options.ts";
import type { Tensor } from "./tensor/tensor.ts";

export interface OnnxRunOptions {
  /** Outputs to compute; fewer are faster. Default: every tensor output. */
  readonly outputs?: readonly string[];
  /** Where runs wait for their turn, one whose signal aborts before it has begun is not run, and rejects with the reason. */
  readonly signal?: AbortSignal;
}

export type Outputs = Record<string, Tensor>;
export type Fetches = Readonly<Record<string, null>>;

/** What runs a graph, on inputs already known to fit it. */
export interface Runner<Ran extends Outputs | Promise<Outputs> = Outputs | Promise<Outputs>> {
  /** `options.signal` is looked at only where a run has to wait: a request makes its signal when it is asked for. */
  run(feeds: Feeds, fetches: Fetches, options?: Pick<OnnxRunOptions, "signal">): Ran;
  /** Called once. */
  close(): void | Promise<void>;
  stats?(): ExecutionStats;
}

/** What a loaded model was made of, and how it may be run: see `RowJoins`. */
export interface ModelOrigin {
  readonly form: Form;
  readonly batching: Batching | undefined;
  /** As the code asks for. */
  readonly intraOpNumThreads: number | undefined;
  /** Session configuration entries of the code. */
  readonly config: Readonly<Record<string, string>> | undefined;
  readonly log: Logger;
}
