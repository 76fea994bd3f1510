/** How the runs of one model are made, and how many there were. */
export interface ExecutionStats {
  /** `measuring` until the first run has shown what suits the model. */
  readonly mode: "measuring" | "inline" | "workers";
  /** Worker threads that are up. 0: the main thread runs the model. */
  readonly workers: number;
  readonly intraOpNumThreads: number;
  /** Rows of one run at most. 1: requests do not share runs. */
  readonly maxBatchRows: number;
  /** Requests that wait. */
  readonly queued: number;
  /** Requests that are being run. */
  readonly running: number;
  /** Requests that were run. */
  readonly requests: number;
  /** Runs of the graph that were made for them. */
  readonly batches: number;
  /** Rows in all of these. */
  readonly rows: number;
  /** Shared runs that failed, or whose rows could not be split, so that each request was run by itself. */
  readonly splitBatches: number;
  /** Requests that were dropped from the queue because their caller had gone. */
  readonly cancelled: number;
  /** Requests that found the queue full. */
  readonly overloaded: number;
  /** Workers that ended by themselves. */
  readonly crashes: number;
}
