import { availableParallelism, cpus } from "node:os";

/** Share of all cores that other processes may use before a measurement counts as disturbed. */
const DISTURBED = 0.1;
const LOOK_MS = 100;

/**
 * Waits until other processes leave the cores alone, at most `longestMs`: neighbours slow both sides of a pair, but
 * not alike.
 */
export async function waitForQuiet(longestMs: number): Promise<void> {
  for (let waited = 0; waited < longestMs; waited += LOOK_MS) {
    const neighbours = watchNeighbours();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    if (neighbours() < DISTURBED) return;
  }
}

/** From now to each call: the share of all cores' time that other processes used. */
export function watchNeighbours(): () => number {
  const started = performance.now();
  const busy = busyMs();
  const own = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(own);
    const others = busyMs() - busy - (user + system) / 1000;
    return Math.max(0, others) / ((performance.now() - started) * availableParallelism());
  };
}

export function isDisturbed(share: number): boolean {
  return share >= DISTURBED;
}

function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
