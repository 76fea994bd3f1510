import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { collectGarbage, type Side } from "./warm-pair.ts";

/** A young generation so large that no collection happens while allocations are counted. */
export const HEAP_EXEC_ARGV = ["--min-semi-space-size=128", "--max-semi-space-size=128"];

const CALLS = 1_000;

/**
 * Bytes of JavaScript heap that one call allocates. Needs {@link HEAP_EXEC_ARGV}.
 * @throws {Error} when a collection happened all the same, because the figure would be too small.
 */
export async function heapPerCall<Args extends readonly unknown[]>(
  side: Side<Args>,
  args: () => Args,
  warmupCalls: number,
): Promise<number> {
  for (let call = 0; call < warmupCalls; call++) await side.call(...args());
  const calls = Array.from({ length: CALLS }, args);
  collectGarbage();
  const collections = watchCollections();
  const before = process.memoryUsage().heapUsed;
  for (const one of calls) await side.call(...one);
  const after = process.memoryUsage().heapUsed;
  // Entries reach the observer one turn later.
  await new Promise((resolve) => setImmediate(resolve));
  if (collections() > 0) throw new Error("A garbage collection ran while allocations were counted");
  return (after - before) / CALLS;
}

/** Counts collections from now on. */
function watchCollections(): () => number {
  const started = performance.now();
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.startTime >= started && isCollection(entry)) count++;
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => {
    observer.disconnect();
    return count;
  };
}

function isCollection(entry: PerformanceEntry): boolean {
  const { kind } = (entry as PerformanceEntry & { readonly detail: { readonly kind: number } }).detail;
  return kind === constants.NODE_PERFORMANCE_GC_MINOR || kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
