import type { TricastError } from "@tricast/core";
import type { Lease } from "@tricast/core/adapter";
import { Memory } from "./memory.ts";
import { overloaded } from "./overloaded.ts";
import { type Admitted, type LeaseSource, RequestLease } from "./request-lease.ts";
import { Shares } from "./shares.ts";
import { Waiting } from "./waiting.ts";

export interface AdmissionLimits {
  /** Maximum number of predictions that run at a time. */
  readonly maxInFlight: number;
  /** Maximum number of requests that wait, with their bodies, for a place. */
  readonly maxQueue: number;
  /** Memory for bodies, as sent and inflated. */
  readonly bodyBytes: number;
  /** Memory for the values made from the bodies of running predictions. */
  readonly valueBytes: number;
  /** Whether callers have different credentials. Then each has at most half of the requests and of the memory for bodies. */
  readonly shared: boolean;
}

/**
 * Limits the predictions that run, the requests that wait, and the memory of both. A body that arrives holds only its
 * bytes, so a slow client does not block others. A request takes a place, and memory for its values, when its body is here.
 */
export class Admission implements LeaseSource {
  readonly bodies: Memory;
  readonly values: Memory;
  readonly shares: Shares | undefined;
  private readonly maxInFlight: number;
  private readonly maxQueue: number;
  private begun = 0;
  private readonly waiting = new Waiting();

  constructor({ maxInFlight, maxQueue, bodyBytes, valueBytes, shared }: AdmissionLimits) {
    this.maxInFlight = maxInFlight;
    this.maxQueue = maxQueue;
    this.bodies = new Memory(bodyBytes);
    this.values = new Memory(valueBytes);
    const half = { requests: Math.ceil((maxInFlight + maxQueue) / 2), bytes: Math.ceil(bodyBytes / 2) };
    this.shares = shared ? new Shares(half) : undefined;
  }

  /** Predictions that run now. */
  get inFlight(): number {
    return this.begun;
  }

  /** Requests that have their bodies and wait for a place. */
  get queued(): number {
    return this.waiting.length;
  }

  /** A request that will take a place. @throws {TricastError} `overloaded` if it could not even wait for one now. */
  enter(admitted: Admitted): Lease {
    if (!this.hasPlace() && this.queued >= this.maxQueue) throw this.full();
    return new RequestLease(this, admitted);
  }

  /** A request that only takes memory for its body. */
  enterBriefly(admitted: Admitted): Lease {
    const lease = new RequestLease(this, admitted);
    return { charge: (bytes) => lease.charge(bytes), release: () => lease.release() };
  }

  /** Takes a place and memory for values, if both are free. {@link Admission.end} returns them. */
  begin(bytes: number): boolean {
    // A request that waits was here before.
    if (this.queued > 0 || !this.hasPlace() || !this.values.take(bytes)) return false;
    this.begun++;
    return true;
  }

  /**
   * Waits for a place and memory, first come first served.
   * @throws {TricastError} `overloaded` if too many wait; `deadline-exceeded` at the deadline; the reason of the signal.
   */
  wait(bytes: number, { deadline = Number.POSITIVE_INFINITY, signal }: Admitted): Promise<void> {
    if (this.queued >= this.maxQueue) throw this.full();
    return this.waiting.add(bytes, deadline, signal).catch((error: unknown) => {
      // It may have been the one that needed more memory than is free.
      this.beginWaiting();
      throw error;
    });
  }

  /** Returns a place and memory. */
  end(bytes: number): void {
    this.begun--;
    this.values.give(bytes);
    this.beginWaiting();
  }

  /** The requests that have waited longest take what is free. */
  private beginWaiting(): void {
    for (let next = this.waiting.first; next !== undefined; next = this.waiting.first) {
      if (!this.hasPlace() || !this.values.take(next.bytes)) return;
      this.begun++;
      next.begin();
    }
  }

  private hasPlace(): boolean {
    return this.begun < this.maxInFlight;
  }

  private full(): TricastError {
    return overloaded(
      `The server is full (${this.begun} predictions run and ${this.queued} requests wait: maxInFlight, maxQueue)`,
    );
  }
}
