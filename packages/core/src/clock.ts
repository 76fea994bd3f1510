/**
 * Milliseconds on a clock that only goes forward. Not `performance.now()`: its first use loads `node:perf_hooks`,
 * which adds a millisecond to every cold start.
 */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
