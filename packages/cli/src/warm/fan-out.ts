/** One ping of several that are sent at the same time. */
export interface FanOutPing {
  readonly index: number;
  readonly concurrency: number;
  /** How long it keeps its instance from taking another, in milliseconds. */
  readonly holdMs: number;
}

export interface FanOut {
  /** Instances to reach. */
  readonly concurrency: number;
  /** Sends pings at once; gives the id of the instance that answered each. */
  readonly sendAll: (pings: readonly FanOutPing[]) => Promise<readonly string[]>;
  /** Whether a ping can say how long it holds. Where it cannot, there is one round. Default true. */
  readonly canHold?: boolean;
}

export interface FanOutResult {
  /** Ids of the distinct instances that the last round reached. */
  readonly instances: readonly string[];
  readonly rounds: number;
  readonly holdMs: number;
}

const FIRST_HOLD_MS = 250;
/** The longest that the core holds an instance. */
const LONGEST_HOLD_MS = 10_000;

/**
 * Warms so many distinct instances where an instance serves one request: pings that are all on their way before the
 * first one is answered cannot share one. How far apart they arrive nobody knows beforehand, so the answers are counted,
 * and a round that reached too few is followed by one that holds twice as long. Never more than `concurrency` requests
 * are under way, so never more instances are started.
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

/** The ping as the event of a direct invocation: the shape of docs/reference/warmup.md that says how long to hold. */
export function toEvent({ index, concurrency, holdMs }: FanOutPing): Readonly<Record<string, unknown>> {
  return { type: "warmer", warmerId: "tricast", index, concurrency, delay: holdMs };
}
