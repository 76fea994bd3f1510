/** Rows must become at least this much cheaper for batches to be worth their waiting and copying. */
const LEAST_GAIN = 1.15;
/** The smallest batch with nearly the best gain: larger ones only make their requests wait. */
const NEARLY = 0.9;
/** Under pressure, one run in so many tries twice the rows. */
const TRY_EVERY = 4;
/** So many runs pass between looks at what they took. */
const LOOK_EVERY = 4;
/** Weight of the newest run among those of its size. */
const NEWEST = 0.25;
/** Sizes are powers of two, up to this one. */
const LARGEST_SIZE = 12;

/** So many rows in one run took so long. */
export interface TimedRows {
  readonly rows: number;
  readonly ms: number;
}

/**
 * How many rows may share a run. Begins with what was measured, and follows what runs show after that: a measurement at
 * the start of an instance meets caches that are cold and neighbours that are busy, and to go without batches for good
 * because of that would be the costlier mistake.
 */
export class BatchLimit {
  /** At present. */
  rows: number;
  /** Whether it may ever be more than one row. */
  readonly joins: boolean;
  private readonly longestMs: number | undefined;
  /** Milliseconds a row in runs of 1, 2, 4, 8 ... rows, and nothing for sizes that were not seen. */
  private readonly perRow: number[] = [];
  private takes = 0;
  private looks = 0;

  private constructor(rows: number, longestMs: number | undefined) {
    this.rows = rows;
    this.joins = rows > 1 || longestMs !== undefined;
    this.longestMs = longestMs;
  }

  static fixed(rows: number): BatchLimit {
    return new BatchLimit(rows, undefined);
  }

  /** @param longestMs What a batch may take. */
  static measured(timed: readonly TimedRows[], longestMs: number): BatchLimit {
    const limit = new BatchLimit(1, longestMs);
    for (const { rows, ms } of timed) limit.perRow[sizeOf(rows)] = ms / rows;
    limit.rows = limit.choose();
    return limit;
  }

  /** For the next run of those that wait: now and then twice as many as seem best, to see whether they are. */
  next(): number {
    if (this.longestMs === undefined || ++this.takes % TRY_EVERY !== 0) return this.rows;
    const perRow = this.perRow[sizeOf(this.rows)] ?? 0;
    const size = sizeOf(this.rows) + 1;
    return size <= LARGEST_SIZE && perRow * 2 ** size <= this.longestMs ? 2 ** size : this.rows;
  }

  observe(rows: number, ms: number): void {
    if (this.longestMs === undefined || rows === 0) return;
    const size = sizeOf(rows);
    const before = this.perRow[size] ?? ms / rows;
    this.perRow[size] = before + NEWEST * (ms / rows - before);
    if (++this.looks % LOOK_EVERY === 0) this.rows = this.choose();
  }

  /** How many times the rows per second of the smallest runs that gives. */
  get gain(): number {
    const smallest = this.perRow.find((ms) => ms !== undefined) ?? 1;
    return smallest / (this.perRow[sizeOf(this.rows)] ?? smallest);
  }

  private choose(): number {
    const longestMs = this.longestMs ?? 0;
    let [smallest, best] = [Infinity, Infinity];
    this.perRow.forEach((ms, size) => {
      if (smallest === Infinity) smallest = ms;
      if (ms * 2 ** size <= longestMs) best = Math.min(best, ms);
    });
    if (best > smallest / LEAST_GAIN) return 1;
    return 2 ** this.perRow.findIndex((ms, size) => ms <= best / NEARLY && ms * 2 ** size <= longestMs);
  }
}

function sizeOf(rows: number): number {
  return Math.min(LARGEST_SIZE, 31 - Math.clz32(rows));
}
