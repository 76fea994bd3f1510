/** Short enough to see a stall that a probe would notice, long enough to cost little. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

type IntervalHistogram = ReturnType<typeof import("node:perf_hooks").monitorEventLoopDelay>;

/** Measures the delay of the event loop. Starts at the first reading, so that it does not slow down the start of the process. */
export class EventLoopLag {
  private histogram: IntervalHistogram | undefined;

  /** Seconds by quantile, since the last call. The measurement is a timer, so its interval is subtracted. */
  read(): readonly (readonly [labels: readonly string[], seconds: number])[] {
    this.histogram ??= watch();
    const { histogram } = this;
    const lags = [0.5, 0.9, 0.99, 1].map((quantile) => {
      const seconds = histogram.percentile(quantile * 100) / NANOSECONDS;
      return [[String(quantile)], Math.max(0, seconds - RESOLUTION_MS / 1000)] as const;
    });
    histogram.reset();
    return lags;
  }

  close(): void {
    this.histogram?.disable();
  }
}

function watch(): IntervalHistogram {
  const { monitorEventLoopDelay } = process.getBuiltinModule("node:perf_hooks");
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}
