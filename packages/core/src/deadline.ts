/** Something that must stop at a point in time. */
export interface Deadlined {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  expire(): void;
}

/** Longer timers overflow to 1 ms (nodejs.org/api/timers). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Ends what is late. One timer serves all: it is armed for the earliest deadline and left alone when a request
 * finishes, because arming and clearing a timer for each request costs more than the rest of its bookkeeping.
 */
export class Deadlines {
  private readonly pending = new Set<Deadlined>();
  private timer: NodeJS.Timeout | undefined;
  private due = Number.POSITIVE_INFINITY;

  add(item: Deadlined): void {
    this.pending.add(item);
    if (item.deadline < this.due) this.arm(item.deadline);
  }

  delete(item: Deadlined): void {
    this.pending.delete(item);
  }

  private arm(deadline: number): void {
    clearTimeout(this.timer);
    this.due = deadline;
    this.timer = setTimeout(() => this.fire(), Math.min(Math.max(0, deadline - Date.now()), LONGEST_TIMER_MS));
    this.timer.unref();
  }

  private fire(): void {
    this.due = Number.POSITIVE_INFINITY;
    const now = Date.now();
    let next = Number.POSITIVE_INFINITY;
    for (const item of this.pending) {
      if (item.deadline <= now) {
        this.pending.delete(item);
        item.expire();
      } else next = Math.min(next, item.deadline);
    }
    if (next !== Number.POSITIVE_INFINITY) this.arm(next);
  }
}
