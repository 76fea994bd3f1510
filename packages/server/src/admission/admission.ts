import { TricastError } from "@tricast/core";
import { Waiting } from "./waiting.ts";

/** A full queue moves within a second. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Limits the requests in memory and the predictions that run. A request takes room when its head is read, so that bodies
 * count before they are in memory. It takes a place when its prediction begins, so that a slow client does not block others.
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

  /** Predictions that run now. */
  get inFlight(): number {
    return this.begun;
  }

  /** Requests that have their bodies and wait for a place. */
  get queued(): number {
    return this.waiting.length;
  }

  /** Takes room, which {@link Admission.leave} releases. @throws {TricastError} `overloaded`. */
  enter(): void {
    if (this.held >= this.maxInFlight + this.maxQueue) {
      throw new TricastError(
        "overloaded",
        `The server is full (${this.held} requests: maxInFlight plus maxQueue); try again later`,
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    }
    this.held++;
  }

  leave(): void {
    this.held--;
  }

  /** Takes a place if one is free. {@link Admission.end} releases it. */
  begin(): boolean {
    if (this.begun >= this.maxInFlight) return false;
    this.begun++;
    return true;
  }

  /**
   * Waits for a place, first come first served.
   * @throws {TricastError} `deadline-exceeded` at `deadline` (milliseconds since the epoch); the reason of `signal`.
   */
  wait(deadline = Number.POSITIVE_INFINITY, signal?: AbortSignal): Promise<void> {
    return this.waiting.add(deadline, signal);
  }

  /** Passes the place to the request that has waited longest. */
  end(): void {
    if (!this.waiting.beginFirst()) this.begun--;
  }
}
