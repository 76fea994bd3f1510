import type { Feeds } from "../feeds.ts";
import type { Outputs } from "../runner.ts";
import { stackFeeds, takeRows } from "../stacking.ts";
import { isFailed, type Outcome } from "./lane.ts";
import type { PendingRun } from "./pending-run.ts";

/** `undefined` where an array has changed since the call, or memory is too small: then each request runs alone. */
export function tryStack(members: readonly PendingRun[]): Feeds | undefined {
  try {
    return stackFeeds(members.map(({ feeds }) => feeds));
  } catch {
    return undefined;
  }
}

export function share(outputs: Outputs, members: readonly PendingRun[]): void {
  let start = 0;
  for (const member of members) {
    member.resolve(takeRows(outputs, start, start + member.rows));
    start += member.rows;
  }
}

export function unwrap(outcome: Outcome): Outputs {
  if (isFailed(outcome)) throw outcome.error;
  return outcome.outputs;
}
