/** How a model runs, and counters of its runs. */
export interface ExecutionStats {
  /** `measuring` until the first run is measured. */
  readonly mode: "measuring" | "inline" | "workers";
  /** Running worker threads. 0: the main thread runs the model. */
  readonly workers: number;
  readonly intraOpNumThreads: number;
  /** Most rows of one run. 1: requests do not share runs. */
  readonly maxBatchRows: number;
  /** Waiting requests. */
  readonly queued: number;
  /** Running requests. */
  readonly running: number;
  /** Requests that have started. */
  readonly requests: number;
  /** Runs of the graph for them. */
  readonly batches: number;
  /** Rows in all of these runs. */
  readonly rows: number;
  /** Shared runs that failed, or whose rows could not be split, so that each request ran alone. */
  readonly splitBatches: number;
  /** Requests that were removed from the queue because the caller disconnected. */
  readonly cancelled: number;
  /** Requests that were refused because the queue was full. */
  readonly overloaded: number;
  /** Workers that ended unexpectedly. */
  readonly crashes: number;
}
