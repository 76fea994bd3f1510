import { definePredictor } from "@tricast/core";
import { createService, recognisePing } from "@tricast/core/adapter";

process.env.TRICAST_LOG_LEVEL ??= "error";

const service = createService(definePredictor({ name: "probe", predict: () => 0 }));
const known = new Map<string, number>();

/** How long the core holds an instance for an event: asked of a real service, with its clock taken away. */
export async function holdOf(event: unknown): Promise<number> {
  const before = knownHold(event);
  if (before !== undefined) return before;
  const ping = recognisePing(event);
  if (ping === undefined) throw new TypeError(`${JSON.stringify(event)} is no ping`);
  const holdMs = await withoutWaiting(() => service.warm(ping));
  known.set(JSON.stringify(event), holdMs);
  return holdMs;
}

/** What was asked before. */
export function knownHold(event: unknown): number | undefined {
  return known.get(JSON.stringify(event));
}

/** What the service asked to wait for in all. */
async function withoutWaiting(run: () => Promise<unknown>): Promise<number> {
  const real = globalThis.setTimeout;
  let waited = 0;
  globalThis.setTimeout = ((done: () => void, milliseconds = 0) => {
    waited += milliseconds;
    return real(done, 0);
  }) as typeof setTimeout;
  try {
    await run();
    return waited;
  } finally {
    globalThis.setTimeout = real;
  }
}
