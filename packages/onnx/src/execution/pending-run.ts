import type { Feeds } from "../feeds.ts";
import type { Fetches, Outputs } from "../runner.ts";
import { rowCount } from "../stacking.ts";
import type { NumericTensorData } from "../tensor/types.ts";

/** One request's run, from the call to the answer. */
export interface PendingRun {
  readonly feeds: Feeds;
  readonly fetches: Fetches;
  readonly rows: number;
  /** Of the inputs. */
  readonly bytes: number;
  readonly resolve: (outputs: Outputs) => void;
  readonly reject: (error: unknown) => void;
}

export function pendingRun(
  feeds: Feeds,
  fetches: Fetches,
  resolve: PendingRun["resolve"],
  reject: PendingRun["reject"],
): PendingRun {
  return { feeds, fetches, rows: rowCount(feeds), bytes: bytesOf(feeds), resolve, reject };
}

/**
 * A run that rejects when `signal` aborts. The listener is removed when the run ends.
 * @param cancel Removes the run from its queue.
 */
export function abortable(run: PendingRun, signal: AbortSignal, cancel: (run: PendingRun) => void): PendingRun {
  const over = (): void => signal.removeEventListener("abort", abort);
  const own: PendingRun = {
    ...run,
    resolve: (outputs) => {
      over();
      run.resolve(outputs);
    },
    reject: (error) => {
      over();
      run.reject(error);
    },
  };
  const abort = (): void => {
    cancel(own);
    run.reject(signal.reason);
  };
  signal.addEventListener("abort", abort, { once: true });
  return own;
}

/** A string counts one byte per character, as V8 stores plain text, and 8 for the reference to it. */
export function bytesOf(feeds: Feeds): number {
  let bytes = 0;
  for (const name in feeds) {
    const { type, data } = feeds[name]!;
    if (type === "string") for (const text of data as readonly string[]) bytes += text.length + 8;
    else bytes += (data as NumericTensorData).byteLength;
  }
  return bytes;
}
