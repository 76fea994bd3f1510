import type { TricastError } from "@tricast/core";
import type { Feeds } from "../feeds.ts";
import { nextTurn } from "../next-turn.ts";
import type { Fetches } from "../runner.ts";
import { isFailed, type Lane, type Ran } from "./lane.ts";

/** Waits for a turn of the event loop before each run, so that measuring does not block the main thread. */
export async function runOnce(lane: Lane, feeds: Feeds, fetches: Fetches): Promise<Ran> {
  await nextTurn();
  return new Promise((resolve, reject: (error: TricastError) => void) => {
    lane.run(feeds, fetches, (outcome) => (isFailed(outcome) ? reject(outcome.error) : resolve(outcome)));
  });
}
