import type { TricastError } from "@tricast/core";
import type { Feeds } from "../feeds.ts";
import type { Fetches } from "../runner.ts";
import { isFailed, type Lane, type Ran } from "./lane.ts";

/** A turn of the event loop passes before each run, so that measuring on the main thread does not stop it. */
export async function runOnce(lane: Lane, feeds: Feeds, fetches: Fetches): Promise<Ran> {
  await new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve, reject: (error: TricastError) => void) => {
    lane.run(feeds, fetches, (outcome) => (isFailed(outcome) ? reject(outcome.error) : resolve(outcome)));
  });
}
