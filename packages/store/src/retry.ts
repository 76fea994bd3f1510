import { isTricastError, type TricastError } from "@tricast/core";
import { hasCode } from "./error-codes.ts";

export interface RetryOptions {
  /** Attempts in a row without progress before the error is thrown. Default 5. */
  readonly attempts?: number | undefined;
  /** Pause before the second attempt, doubled for each further one. Default 100. */
  readonly baseMs?: number | undefined;
  /** Longest pause. Default 5000. */
  readonly capMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The position of the task. An attempt that moves it counts as progress. */
  readonly progress?: (() => number) | undefined;
  /** Called before each pause. */
  readonly onRetry?: ((error: unknown) => void) | undefined;
}

export const RETRY_ATTEMPTS = 5;
/** A store can request a longer pause than `capMs`, up to this limit. */
const LONGEST_RETRY_AFTER_S = 30;

const lasting = new WeakSet<object>();

/** Marks an error that another attempt cannot fix, such as a wrong certificate. */
export function permanent<E extends TricastError>(error: E): E {
  lasting.add(error);
  return error;
}

/** Whether another attempt may succeed. */
export function isTransient(error: unknown): boolean {
  return hasCode(error, "store-unavailable") && !lasting.has(error);
}

/**
 * Calls `task` until it succeeds, fails with a permanent error, or has failed `attempts` times. Pauses are exponential,
 * with jitter between half and all of the step, so that instances which failed together do not retry together.
 */
export async function retrying<T>(task: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  for (let failures = 0; ; ) {
    const before = options.progress?.();
    try {
      return await task();
    } catch (error) {
      failures = options.progress?.() === before ? failures + 1 : 1;
      if (!isTransient(error) || failures >= (options.attempts ?? RETRY_ATTEMPTS)) throw error;
      options.onRetry?.(error);
      await pause(waitMs(failures, error, options), options.signal);
    }
  }
}

/** The pause after the `failures`-th failure in a row. */
export function waitMs(failures: number, error: unknown, { baseMs = 100, capMs = 5_000 }: RetryOptions = {}): number {
  const step = Math.min(capMs, baseMs * 2 ** (failures - 1));
  const requested = isTricastError(error) ? (error.retryAfterSeconds ?? 0) : 0;
  return Math.max(step * (0.5 + Math.random() / 2), Math.min(requested, LONGEST_RETRY_AFTER_S) * 1_000);
}

/** Rejects with the signal's reason if it is aborted during the pause. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const { setTimeout: wait } = await import("node:timers/promises");
  await wait(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
}
