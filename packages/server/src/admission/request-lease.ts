import { TricastError } from "@tricast/core";
import type { Lease } from "@tricast/core/adapter";
import type { Memory } from "./memory.ts";
import { overloaded } from "./overloaded.ts";
import type { Shares } from "./shares.ts";

/** The values of a body usually take less than this many times its bytes. A body that takes more needs more at once. */
const USUAL_GROWTH = 4;

/** Who asks, and how long it may take. */
export interface Admitted {
  /** Identifies the caller, if its credentials do. */
  readonly caller: string | undefined;
  /** Milliseconds since the epoch. */
  readonly deadline: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The places and the memory that leases take. */
export interface LeaseSource {
  readonly bodies: Memory;
  readonly values: Memory;
  readonly shares: Shares | undefined;
  begin(bytes: number): boolean;
  wait(bytes: number, admitted: Admitted): Promise<void>;
  end(bytes: number): void;
}

/** The place and the memory of one request. */
export class RequestLease implements Lease {
  private readonly source: LeaseSource;
  private readonly admitted: Admitted;
  /** The caller of whom this request is counted. */
  private counted: string | undefined;
  private bodyBytes = 0;
  private valueBytes = 0;
  /** Memory for values that is taken. `undefined` without a place. */
  private reserved: number | undefined;

  /** @throws {TricastError} `overloaded`. */
  constructor(source: LeaseSource, admitted: Admitted) {
    this.source = source;
    this.admitted = admitted;
    const { shares } = source;
    if (shares === undefined || admitted.caller === undefined) return;
    shares.addRequest(admitted.caller);
    this.counted = admitted.caller;
  }

  charge(bytes: number): void {
    if (this.reserved === undefined) this.chargeBody(bytes);
    else this.chargeValues(bytes, this.reserved);
  }

  turn(): void | Promise<void> {
    const bytes = Math.min(USUAL_GROWTH * this.bodyBytes, this.source.values.total);
    if (this.source.begin(bytes)) {
      this.reserved = bytes;
      return;
    }
    return this.source.wait(bytes, this.admitted).then(() => {
      this.reserved = bytes;
    });
  }

  release(): void {
    const { source, counted, bodyBytes, reserved } = this;
    source.bodies.give(bodyBytes);
    if (counted !== undefined) source.shares?.remove(counted, bodyBytes);
    if (reserved !== undefined) source.end(reserved);
  }

  private chargeBody(bytes: number): void {
    const { bodies, shares } = this.source;
    if (this.bodyBytes + bytes > bodies.total) throw tooLarge("body", this.bodyBytes + bytes, bodies.total);
    if (this.counted !== undefined) shares?.addBytes(this.counted, bytes);
    if (!bodies.take(bytes)) {
      if (this.counted !== undefined) shares?.addBytes(this.counted, -bytes);
      throw overloaded(`The server has no memory for more bodies (${bodies.used} of ${bodies.total} bytes)`);
    }
    this.bodyBytes += bytes;
  }

  private chargeValues(bytes: number, reserved: number): void {
    const { values } = this.source;
    this.valueBytes += bytes;
    const more = this.valueBytes - reserved;
    if (more <= 0) return;
    if (this.valueBytes > values.total) throw tooLarge("values", this.valueBytes, values.total);
    if (!values.take(more))
      throw overloaded(
        `The server has no memory for the values of more bodies (${values.used} of ${values.total} bytes)`,
      );
    this.reserved = this.valueBytes;
  }
}

function tooLarge(what: string, bytes: number, limit: number): TricastError {
  return new TricastError(
    "body-too-large",
    `The ${what} of the request take ${bytes} bytes of memory; this instance has ${limit} for all requests. Send fewer at a time`,
  );
}
