// Preloaded into a process (`--expose-gc --import`): answers each message with what is in use after a full collection.
import { setImmediate as turn } from "node:timers/promises";

export interface MemoryReport {
  /** Bytes of JavaScript's objects and of what they hold outside of the heap. */
  readonly usedBytes: number;
  readonly residentBytes: number;
}

process.on("message", async () => {
  // What a finaliser lets go of is free after the next collection.
  for (let pass = 0; pass < 4; pass++) {
    globalThis.gc?.();
    await turn();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ usedBytes: heapUsed + external, residentBytes: rss } satisfies MemoryReport);
});
// Otherwise the process waits for more messages and never ends.
process.channel?.unref();
