/** One of several pings that are sent at the same time. */
export interface FanOutPing {
  readonly index: number;
  readonly concurrency: number;
  /** How long the ping occupies its instance, in milliseconds. */
  readonly holdMs: number;
}

export interface FanOut {
  /** Number of instances to reach. */
  readonly concurrency: number;
  /** Sends all pings at once. Returns the id of the instance that answered each ping. */
  readonly sendAll: (pings: readonly FanOutPing[]) => Promise<readonly string[]>;
  /** Whether a ping can hold its instance. If not, there is only one round. Default true. */
  readonly canHold?: boolean;
}

export interface FanOutResult {
  /** Ids of the instances that the last round reached, each once. */
  readonly instances: readonly string[];
  readonly rounds: number;
  readonly holdMs: number;
}

const FIRST_HOLD_MS = 250;
/** The core limits the hold of a ping to this. */
const LONGEST_HOLD_MS = 10_000;

/**
 * Warms `concurrency` different instances, if an instance serves one request at a time: pings that all arrive before the
 * first report cannot share an instance. The spread of their arrivals is unknown, so the function counts the instances
 * that answered, and repeats a round that reached too few with twice the hold. At most `concurrency` requests run at a
 * time, so that the platform does not start further instances.
 */
export async function fanOut({ concurrency, sendAll, canHold = true }: FanOut): Promise<FanOutResult> {
  let holdMs = concurrency === 1 ? 0 : FIRST_HOLD_MS;
  for (let rounds = 1; ; rounds++) {
    const pings = Array.from({ length: concurrency }, (_, index) => ({ index, concurrency, holdMs }));
    const instances = [...new Set(await sendAll(pings))];
    const isLast = instances.length >= concurrency || holdMs >= LONGEST_HOLD_MS || !canHold;
    if (isLast) return { instances, rounds, holdMs };
    holdMs = Math.min(holdMs * 2, LONGEST_HOLD_MS);
  }
}

/** The ping as the event of a direct invocation, in the shape of docs/reference/warmup.md that has a hold. */
export function toEvent({ index, concurrency, holdMs }: FanOutPing): Readonly<Record<string, unknown>> {
  return { type: "warmer", warmerId: "tricast", index, concurrency, delay: holdMs };
}
