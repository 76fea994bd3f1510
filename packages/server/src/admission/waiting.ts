import { TricastError } from "@tricast/core";

interface Entry {
  readonly deadline: number;
  begin(): void;
  expire(): void;
}

/** Longer timers overflow to 1 ms (nodejs.org/api/timers). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Requests in the order they came. Those whose client goes away or whose deadline comes leave it. */
export class Waiting {
  /** A set keeps the order, and any member leaves it in constant time. */
  private readonly entries = new Set<Entry>();
  private timer: NodeJS.Timeout | undefined;

  get length(): number {
    return this.entries.size;
  }

  add(deadline: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.entries.delete(entry);
        signal.removeEventListener("abort", cancel);
      };
      const cancel = (): void => {
        leave();
        reject(signal.reason);
      };
      const entry: Entry = {
        deadline,
        begin: () => {
          leave();
          resolve();
        },
        expire: () => {
          leave();
          reject(waitedTooLong());
        },
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", cancel);
      this.entries.add(entry);
      this.timer ??= this.arm();
    });
  }

  /** False where nobody waits. */
  beginFirst(): boolean {
    const [first] = this.entries;
    first?.begin();
    return first !== undefined;
  }

  /** One timer for all, because a queue that is short of time is no place for a timer for each. */
  private arm(): NodeJS.Timeout | undefined {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { deadline } of this.entries) earliest = Math.min(earliest, deadline);
    if (earliest === Number.POSITIVE_INFINITY) return undefined;
    const delayMs = Math.min(Math.max(1, earliest - Date.now()), LONGEST_TIMER_MS);
    return setTimeout(() => this.sweep(), delayMs);
  }

  private sweep(): void {
    const now = Date.now();
    for (const entry of this.entries) if (entry.deadline <= now) entry.expire();
    this.timer = this.arm();
  }
}

function waitedTooLong(): TricastError {
  return new TricastError(
    "deadline-exceeded",
    "The request waited for its turn until its deadline; send fewer at a time, or run more instances",
  );
}
