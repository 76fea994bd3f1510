import { copyFeeds, type Feeds } from "../feeds.ts";
import type { Fetches } from "../runner.ts";
import { bytesOf, type PendingRun } from "./pending-run.ts";
import { RunQueue } from "./run-queue.ts";
import { SlowRuns } from "./slow-runs.ts";

/** A run on the main thread. */
export interface ObservedRun {
  readonly feeds: Feeds;
  readonly fetches: Fetches;
  /** The number of requests in it. */
  readonly requests: number;
  readonly ms: number;
}

/** Requests with at least this share of the bytes of the slow run are expected to be slow too. */
const SLOW_SHARE = 1 / 2;

/**
 * The move of a model from the main thread to workers, once its runs are too slow for that thread. Meanwhile the main thread
 * answers short requests, and requests like the slow one wait.
 */
export class Departure {
  /** Requests that wait for the end of the move. */
  readonly held = new RunQueue();
  /** Set during a move. Never rejects. */
  ended: Promise<void> | undefined;
  private readonly slowRuns = new SlowRuns();
  private readonly move: (run: ObservedRun) => Promise<boolean>;
  private readonly release: (held: readonly PendingRun[]) => void;
  private leastBytes = 0;

  /**
   * @param move Moves the model. Returns false where it stays. Never rejects.
   * @param release Gets the requests that waited for the end of the move.
   */
  constructor(move: Departure["move"], release: Departure["release"]) {
    this.move = move;
    this.release = release;
  }

  /** Whether the request has to wait for the end of the move. */
  holds(feeds: Feeds): boolean {
    return this.ended !== undefined && bytesOf(feeds) >= this.leastBytes;
  }

  observe(run: ObservedRun): void {
    if (this.ended !== undefined || !this.slowRuns.add(run.ms, run.requests)) return;
    this.leastBytes = (bytesOf(run.feeds) / run.requests) * SLOW_SHARE;
    // The caller may change its arrays as soon as it has the answer.
    this.ended = this.depart({ ...run, feeds: copyFeeds(run.feeds) });
  }

  private async depart(run: ObservedRun): Promise<void> {
    const hasMoved = await this.move(run);
    this.ended = undefined;
    if (!hasMoved) this.slowRuns.forget();
    this.release(this.held.clear());
  }
}
