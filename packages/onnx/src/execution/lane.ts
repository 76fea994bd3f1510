import type { TricastError } from "@tricast/core";
import type { Feeds } from "../feeds.ts";
import type { Fetches, Outputs } from "../runner.ts";

/** The result of one run of the graph. */
export type Outcome = Ran | Failed;

export interface Ran {
  readonly outputs: Outputs;
  /** Milliseconds in the runtime. */
  readonly ms: number;
}

export interface Failed {
  readonly error: TricastError;
  /** Whether the thread that ran it has ended. */
  readonly crashed: boolean;
}

/** Executes one run at a time, on one thread. */
export interface Lane {
  /** Set by the caller while the lane runs. */
  busy: boolean;
  /** `done` may be called before this returns. */
  run(feeds: Feeds, fetches: Fetches, done: (outcome: Outcome) => void): void;
}

/** The lanes of a model, and when they may run. */
export interface Lanes {
  readonly kind: "inline" | "workers";
  /** Running worker threads. */
  readonly workers: number;
  /** Workers that ended unexpectedly. */
  readonly crashes: number;
  /** Set while runs are not possible. */
  readonly broken: TricastError | undefined;
  /** A lane that may run a new request at once. Called once for each request. */
  admit(): Lane | undefined;
  /** A lane for waiting requests. If none is free, the executor is called when one becomes free. */
  next(): Lane | undefined;
  /** Any running lane, free or busy. */
  any(): Lane | undefined;
  close(): void | Promise<void>;
}

export function isFailed(outcome: Outcome): outcome is Failed {
  return "error" in outcome;
}
