import { TricastError } from "@tricast/core";
import { Waiting } from "./waiting.ts";

/** Seconds after which a client may try again: a queue that is full now is another one by then. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Holds as many requests as there is room for and begins as many as there are places for. A request has room from when
 * its head is read, so that bodies count before they are in memory, and a place from when its prediction begins, so
 * that a slow client keeps no place from others.
 */
export class Admission {
  private readonly maxInFlight: number;
  private readonly maxQueue: number;
  private held = 0;
  private begun = 0;
  private readonly waiting = new Waiting();

  constructor(maxInFlight: number, maxQueue: number) {
    this.maxInFlight = maxInFlight;
    this.maxQueue = maxQueue;
  }

  /** Predictions being made. */
  get inFlight(): number {
    return this.begun;
  }

  /** Requests whose bodies are here and that wait for a place. */
  get queued(): number {
    return this.waiting.length;
  }

  /** Takes room, to be given back by {@link Admission.leave}. @throws {TricastError} `overloaded`. */
  enter(): void {
    if (this.held >= this.maxInFlight + this.maxQueue) {
      throw new TricastError(
        "overloaded",
        `The server has ${this.held} requests, the most it holds (maxInFlight and maxQueue); try again later`,
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    }
    this.held++;
  }

  leave(): void {
    this.held--;
  }

  /** Whether there is a place; it is taken then, to be given back by {@link Admission.end}. */
  begin(): boolean {
    if (this.begun >= this.maxInFlight) return false;
    this.begun++;
    return true;
  }

  /**
   * Waits for a place, first come first served.
   * @throws {TricastError} `deadline-exceeded` at `deadline` (milliseconds since the epoch), or the reason that
   *   `signal` aborts with.
   */
  wait(deadline = Number.POSITIVE_INFINITY, signal?: AbortSignal): Promise<void> {
    return this.waiting.add(deadline, signal);
  }

  /** Gives the place to whoever has waited longest. */
  end(): void {
    if (!this.waiting.beginFirst()) this.begun--;
  }
}
