import type { TricastError } from "@tricast/core";
import type { Feeds } from "../feeds.ts";
import type { Fetches, Outputs } from "../runner.ts";

/** What became of one run of the graph. */
export type Outcome = Ran | Failed;

export interface Ran {
  readonly outputs: Outputs;
  /** Time in the runtime alone. */
  readonly ms: number;
}

export interface Failed {
  readonly error: TricastError;
  /** The thread that ran it is gone. */
  readonly crashed: boolean;
}

/** Runs one thing at a time, on some thread. */
export interface Lane {
  /** Set by the caller while the lane has work. */
  busy: boolean;
  /** `done` may be called before this returns. */
  run(feeds: Feeds, fetches: Fetches, done: (outcome: Outcome) => void): void;
}

/** Where runs are made, and when. */
export interface Lanes {
  readonly kind: "inline" | "workers";
  /** Threads that are up, beside this one. */
  readonly workers: number;
  /** Workers that ended by themselves. */
  readonly crashes: number;
  /** Why nothing can be run for now. */
  readonly broken: TricastError | undefined;
  /** Called once for each request as it comes: a lane that may begin with it at once. */
  admit(): Lane | undefined;
  /** A lane that can take what waits. Without one, the executor is called once a lane is free. */
  next(): Lane | undefined;
  /** Any lane that is up, whatever the turn. */
  any(): Lane | undefined;
  close(): void | Promise<void>;
}

export function isFailed(outcome: Outcome): outcome is Failed {
  return "error" in outcome;
}
