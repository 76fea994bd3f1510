/** Batches are used if they make rows cheaper by at least this factor: waiting and copying cost time too. */
const LEAST_GAIN = 1.15;
/** The smallest batch with this share of the best gain is used: larger batches only make requests wait. */
const NEARLY = 0.9;
/** Under pressure, one of this many runs tries twice the rows. */
const TRY_EVERY = 4;
/** Runs between updates of the limit. */
const LOOK_EVERY = 4;
/** Weight of the newest run in the average of its size. */
const NEWEST = 0.25;
/** Sizes are powers of two, up to this exponent. */
const LARGEST_SIZE = 12;

/** The duration of a run. */
export interface TimedRows {
  readonly rows: number;
  readonly ms: number;
}

/**
 * How many rows may share a run. Starts with a measurement, and follows the durations of later runs: at the start of an
 * instance, caches are cold and neighbours may be busy, and losing batches for good because of that would cost more than
 * trying.
 */
export class BatchLimit {
  /** The current limit. */
  rows: number;
  /** Whether the limit may ever be more than one row. */
  readonly joins: boolean;
  private readonly longestMs: number | undefined;
  /** Milliseconds per row in runs of 1, 2, 4, 8 ... rows. Sparse: sizes without runs are missing. */
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

  /** @param longestMs Longest duration of a batch. */
  static measured(timed: readonly TimedRows[], longestMs: number): BatchLimit {
    const limit = new BatchLimit(1, longestMs);
    for (const { rows, ms } of timed) limit.perRow[sizeOf(rows)] = ms / rows;
    limit.rows = limit.choose();
    return limit;
  }

  /** For the next run of waiting requests. Sometimes twice the best size, to test whether that is faster. */
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

  /** Rows per second, relative to the smallest runs. */
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
