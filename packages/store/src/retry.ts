import { isTricastError, type TricastError } from "@tricast/core";

export interface RetryOptions {
  /** Tries in a row without progress before giving up. Default 5. */
  readonly attempts?: number | undefined;
  /** Wait before the second try, doubled for each further one. Default 100. */
  readonly baseMs?: number | undefined;
  /** Longest wait. Default 5000. */
  readonly capMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each wait. */
  readonly onRetry?: ((error: unknown) => void) | undefined;
}

export const RETRY_ATTEMPTS = 5;
/** A store may ask for a longer pause than ours, but not for an unbounded one. */
const LONGEST_RETRY_AFTER_S = 30;

const lasting = new WeakSet<object>();

/** Marks an error that no second try will cure, such as a wrong certificate. */
export function permanent<E extends TricastError>(error: E): E {
  lasting.add(error);
  return error;
}

/** Whether a second try may succeed. */
export function isTransient(error: unknown): boolean {
  return isTricastError(error) && error.code === "store-unavailable" && !lasting.has(error);
}

/**
 * Calls `task` until it succeeds, fails for good, or has failed `attempts` times.
 * Waits are exponential with full jitter between half and all of the step, so that instances which failed together
 * do not come back together.
 */
export async function retrying<T>(task: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await task();
    } catch (error) {
      if (!isTransient(error) || failures >= (options.attempts ?? RETRY_ATTEMPTS)) throw error;
      options.onRetry?.(error);
      await pause(waitMs(failures, error, options), options.signal);
    }
  }
}

/** How long to wait after the `failures`-th failure in a row. */
export function waitMs(failures: number, error: unknown, { baseMs = 100, capMs = 5_000 }: RetryOptions = {}): number {
  const step = Math.min(capMs, baseMs * 2 ** (failures - 1));
  const asked = isTricastError(error) ? (error.retryAfterSeconds ?? 0) : 0;
  return Math.max(step * (0.5 + Math.random() / 2), Math.min(asked, LONGEST_RETRY_AFTER_S) * 1_000);
}

/** Rejects with the signal's reason when it is aborted meanwhile. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
