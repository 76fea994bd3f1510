import { INLINE_BATCH_MS, INLINE_MS } from "./inline-limits.ts";

/** After false alarms, the limit grows up to this. */
const LARGEST_LIMIT_MS = 256;

/**
 * Finds out when a model is too slow for the main thread: at the first run that blocks it for long, and after some runs that
 * are a little too long each. Short runs balance longer ones.
 */
export class SlowRuns {
  /** Time beyond what is allowed, less time that was allowed and not used. */
  private excessMs = 0;
  private limitMs = INLINE_BATCH_MS;

  /**
   * Adds a run of `ms` for so many requests.
   * @returns whether the model is too slow.
   */
  add(ms: number, requests: number): boolean {
    this.excessMs = Math.max(0, this.excessMs + ms - INLINE_MS * requests);
    return this.excessMs > this.limitMs;
  }

  /** Begins again, with more patience: a run is also slow when other work interrupts it. */
  forget(): void {
    this.excessMs = 0;
    this.limitMs = Math.min(LARGEST_LIMIT_MS, 2 * this.limitMs);
  }
}
