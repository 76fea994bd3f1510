/** Often enough to see a stall of a probe's length, and no load of its own. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

type IntervalHistogram = ReturnType<typeof import("node:perf_hooks").monitorEventLoopDelay>;

/** How late the event loop is. Begins to watch when it is first read, so that the start of the process pays nothing. */
export class EventLoopLag {
  private histogram: IntervalHistogram | undefined;

  /** Seconds by quantile, since the last call. The watch itself is a timer, whose interval is taken away. */
  read(): readonly (readonly [labels: readonly string[], seconds: number])[] {
    this.histogram ??= this.watch();
    const { histogram } = this;
    const lag = (nanoseconds: number) =>
      Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000) : 0;
    const seen = histogram.count > 0;
    const values = [0.5, 0.9, 0.99].map(
      (quantile) => [[String(quantile)], seen ? lag(histogram.percentile(quantile * 100)) : 0] as const,
    );
    const most = [["1"], seen ? lag(histogram.max) : 0] as const;
    histogram.reset();
    return [...values, most];
  }

  close(): void {
    this.histogram?.disable();
  }

  private watch(): IntervalHistogram {
    const { monitorEventLoopDelay } = process.getBuiltinModule("node:perf_hooks");
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    return histogram;
  }
}
