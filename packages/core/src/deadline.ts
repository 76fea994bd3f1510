/** Something that must stop at a point in time. It is in at most one list, and holds the links of that list. */
export abstract class Deadlined {
  /** Milliseconds since the epoch. */
  deadline = Number.POSITIVE_INFINITY;
  next: Deadlined | undefined;
  previous: Deadlined | undefined;
  abstract expire(): void;
}

/** Longer timers overflow to 1 ms (nodejs.org/api/timers). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Expires items at their deadlines. One timer serves all: it is armed for the earliest deadline and left alone when a request
 * finishes, because arming and clearing a timer for each request costs more than the rest of its bookkeeping.
 * For the same reason the items form a linked list: a `Set` costs 100 ns and 200 bytes a request.
 *
 * While something waits the timer keeps the process alive: Lambda's runtime client ends a process whose event loop is
 * empty, and a prediction that hangs would become the platform's error instead of ours.
 */
export class Deadlines {
  private first: Deadlined | undefined;
  private timer: NodeJS.Timeout | undefined;
  private due = Number.POSITIVE_INFINITY;

  /** Expires `item` at its deadline, unless it is deleted before. */
  add(item: Deadlined): void {
    item.next = this.first;
    if (this.first !== undefined) this.first.previous = item;
    this.first = item;
    if (item.deadline < this.due) this.arm(item.deadline);
    else this.timer?.ref();
  }

  /** Does nothing if `item` is not waiting. */
  delete(item: Deadlined): void {
    const { next, previous } = item;
    if (previous !== undefined) previous.next = next;
    else if (this.first === item) this.first = next;
    else return;
    if (next !== undefined) next.previous = previous;
    item.next = undefined;
    item.previous = undefined;
    if (this.first === undefined) this.timer?.unref();
  }

  /** Settles as `work` does, or rejects at `deadline` with the error of `late`, whichever is first. */
  limit<T>(work: Promise<T>, deadline: number | undefined, late: () => Error): Promise<T> {
    if (deadline === undefined) return work;
    return new Promise<T>((resolve, reject) => {
      const watch = new Watch(deadline, () => reject(late()));
      this.add(watch);
      work.then(resolve, reject).finally(() => this.delete(watch));
    });
  }

  private arm(deadline: number): void {
    clearTimeout(this.timer);
    this.due = deadline;
    this.timer = setTimeout(() => this.fire(), Math.min(Math.max(0, deadline - Date.now()), LONGEST_TIMER_MS));
  }

  private fire(): void {
    this.due = Number.POSITIVE_INFINITY;
    const now = Date.now();
    const late: Deadlined[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (let item = this.first; item !== undefined; item = item.next) {
      if (item.deadline <= now) late.push(item);
      else next = Math.min(next, item.deadline);
    }
    if (next !== Number.POSITIVE_INFINITY) this.arm(next);
    for (const item of late) {
      this.delete(item);
      item.expire();
    }
  }
}

class Watch extends Deadlined {
  private readonly onLate: () => void;

  constructor(deadline: number, onLate: () => void) {
    super();
    this.deadline = deadline;
    this.onLate = onLate;
  }

  override expire(): void {
    this.onLate();
  }
}
