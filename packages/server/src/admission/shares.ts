import { overloaded } from "./overloaded.ts";

/** What one caller holds. */
interface Holding {
  requests: number;
  bytes: number;
}

/** The most that one caller may hold: half of everything, so that another caller finds room. */
export interface ShareLimits {
  readonly requests: number;
  readonly bytes: number;
}

/** Limits each caller that has credentials of its own. */
export class Shares {
  private readonly most: ShareLimits;
  private readonly holdings = new Map<string, Holding>();

  constructor(most: ShareLimits) {
    this.most = most;
  }

  /** Counts a request of this caller. @throws {TricastError} `overloaded`. */
  addRequest(caller: string): void {
    const holding = this.holdings.get(caller) ?? { requests: 0, bytes: 0 };
    if (holding.requests >= this.most.requests)
      throw overloaded(`Your credentials have ${holding.requests} requests here, half of what the server takes`);
    holding.requests++;
    this.holdings.set(caller, holding);
  }

  /** Counts bytes of a request that is counted. @throws {TricastError} `overloaded`. */
  addBytes(caller: string, bytes: number): void {
    const holding = this.holdings.get(caller) as Holding;
    // A lone request may be larger than the share.
    if (holding.requests > 1 && holding.bytes + bytes > this.most.bytes)
      throw overloaded(`Your credentials have bodies of ${holding.bytes} bytes here, half of what the server takes`);
    holding.bytes += bytes;
  }

  /** The end of a request that took these bytes. */
  remove(caller: string, bytes: number): void {
    const holding = this.holdings.get(caller) as Holding;
    holding.requests--;
    holding.bytes -= bytes;
    if (holding.requests === 0) this.holdings.delete(caller);
  }
}
