import { TricastError } from "@tricast/core";

interface Entry {
  /** The memory that the request needs. */
  readonly bytes: number;
  readonly deadline: number;
  begin(): void;
  fail(reason: unknown): void;
}

/** Longer timers overflow to 1 ms (nodejs.org/api/timers). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A queue of requests. A request leaves it when its client goes away, or at its deadline. */
export class Waiting {
  /** A set keeps the order, and any member leaves it in constant time. */
  private readonly entries = new Set<Entry>();
  private timer: NodeJS.Timeout | undefined;
  /** When the timer fires, in milliseconds since the epoch. */
  private due = Number.POSITIVE_INFINITY;

  get length(): number {
    return this.entries.size;
  }

  add(bytes: number, deadline: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (settle: () => void): void => {
        this.entries.delete(entry);
        if (this.entries.size === 0) this.disarm();
        signal?.removeEventListener("abort", cancel);
        settle();
      };
      const entry: Entry = {
        bytes,
        deadline,
        begin: () => leave(resolve),
        fail: (reason) => leave(() => reject(reason)),
      };
      const cancel = (): void => entry.fail(signal?.reason);
      if (signal?.aborted === true) return reject(signal.reason);
      signal?.addEventListener("abort", cancel);
      this.entries.add(entry);
      this.arm(deadline);
    });
  }

  /** The request that has waited longest. Its `begin` removes it. */
  get first(): Pick<Entry, "bytes" | "begin"> | undefined {
    const [first] = this.entries;
    return first;
  }

  /** One timer for all requests, set to the earliest deadline: a long queue would need many timers. */
  private arm(deadline: number): void {
    if (deadline >= this.due) return;
    clearTimeout(this.timer);
    this.due = deadline;
    this.timer = setTimeout(() => this.sweep(), Math.min(Math.max(1, deadline - Date.now()), LONGEST_TIMER_MS));
    // A waiting request has a connection, which keeps the process alive.
    this.timer.unref();
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.due = Number.POSITIVE_INFINITY;
  }

  private sweep(): void {
    this.due = Number.POSITIVE_INFINITY;
    const now = Date.now();
    for (const entry of this.entries) {
      if (entry.deadline <= now) entry.fail(waitedTooLong());
      else this.arm(entry.deadline);
    }
  }
}

function waitedTooLong(): TricastError {
  return new TricastError(
    "deadline-exceeded",
    "The request waited in the queue until its deadline; send fewer requests at a time, or run more instances",
  );
}
