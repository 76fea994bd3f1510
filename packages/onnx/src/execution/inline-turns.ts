import { isTricastError, TricastError } from "@tricast/core";
import type { Feeds } from "../feeds.ts";
import type { LoadedModel } from "../model.ts";
import type { Fetches } from "../runner.ts";
import type { Lane, Lanes, Outcome } from "./lane.ts";

/** After this time, a model lets health checks and other models use the main thread. */
const LONGEST_TURN_MS = 8;

/**
 * Runs on the main thread. All requests of one turn of the event loop run together at its end.
 *
 * Waiting for that end costs a single caller a turn per request. Therefore the first run of a turn begins at once if the
 * turn before had at most one request.
 */
export class InlineTurns implements Lanes {
  readonly kind = "inline";
  readonly workers = 0;
  readonly crashes = 0;
  readonly broken = undefined;
  private readonly lane: Lane;
  private readonly model: LoadedModel;
  private readonly onFree: () => void;
  private open = false;
  private arrivals = 0;
  private previous = 0;
  private flushing = false;
  private until = 0;

  constructor(model: LoadedModel, onFree: () => void) {
    this.model = model;
    this.lane = inlineLane(model);
    this.onFree = onFree;
  }

  admit(): Lane | undefined {
    this.arrivals++;
    if (this.open) return undefined;
    this.wait();
    return this.previous <= 1 && !this.lane.busy ? this.lane : undefined;
  }

  next(): Lane | undefined {
    if (this.flushing && performance.now() < this.until) return this.lane;
    this.wait();
    return undefined;
  }

  any(): Lane {
    return this.lane;
  }

  close(): void {
    void this.model.close();
  }

  private wait(): void {
    if (this.open) return;
    this.open = true;
    setImmediate(this.end);
  }

  private readonly end = (): void => {
    this.open = false;
    this.previous = this.arrivals;
    this.arrivals = 0;
    this.flushing = true;
    this.until = performance.now() + LONGEST_TURN_MS;
    this.onFree();
    this.flushing = false;
  };
}

function inlineLane(model: LoadedModel): Lane {
  return {
    busy: false,
    run(feeds, fetches, done) {
      done(outcomeOf(model, feeds, fetches));
    },
  };
}

function outcomeOf(model: LoadedModel, feeds: Feeds, fetches: Fetches): Outcome {
  const started = performance.now();
  try {
    const outputs = model.runTensors(feeds, fetches);
    return { outputs, ms: performance.now() - started };
  } catch (error) {
    if (isTricastError(error)) return { error, crashed: false };
    return { error: new TricastError("internal", (error as Error).message, { cause: error }), crashed: false };
  }
}
