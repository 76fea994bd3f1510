import { TricastError } from "@tricast/core";
import type { Charge } from "@tricast/core/adapter";

/** A flag for a compressed message, and the length in 32 bits (grpc/grpc, PROTOCOL-HTTP2.md). */
const PREFIX_BYTES = 5;

/** Largest message of methods that take a few names. Some of them need no credentials. */
export const SMALL_MESSAGE_BYTES = 8_192;

export interface UnaryMessageOptions {
  /** Takes the memory of the message while it arrives. */
  readonly charge: Charge | undefined;
  /** Called at most once, for a message that is too large, a second message, and an error of `charge`. */
  readonly refuse: (error: unknown) => void;
}

/** The single message of a unary call, while its frames arrive. */
export class UnaryMessage {
  private readonly maxBytes: number;
  private readonly options: UnaryMessageOptions;
  private readonly prefix = Buffer.alloc(PREFIX_BYTES);
  /** The received part of prefix and message. */
  private framed: Buffer = this.prefix;
  private isRefused = false;
  /** Bytes that have arrived, with the prefix. */
  received = 0;

  constructor(maxBytes: number, options: UnaryMessageOptions) {
    this.maxBytes = maxBytes;
    this.options = options;
  }

  get isComplete(): boolean {
    return this.received >= PREFIX_BYTES && this.received === PREFIX_BYTES + this.size;
  }

  get isCompressed(): boolean {
    return this.prefix[0] !== 0;
  }

  /** The message, as sent. */
  get bytes(): Uint8Array {
    return this.framed.subarray(PREFIX_BYTES);
  }

  add(data: Buffer): void {
    if (this.isRefused) return;
    try {
      const prefixed = this.take(data, PREFIX_BYTES);
      if (this.size > this.maxBytes) throw tooLarge(this.size, this.maxBytes);
      const rest = data.subarray(prefixed);
      const left = rest.length - this.take(rest, PREFIX_BYTES + this.size);
      if (left > 0) throw new TricastError("invalid-body", "The call has more than one message; send one");
    } catch (error) {
      this.isRefused = true;
      this.framed = this.prefix;
      this.options.refuse(error);
    }
  }

  /** The size in the prefix; 0 until the prefix is complete. */
  private get size(): number {
    return this.received < PREFIX_BYTES ? 0 : this.prefix.readUInt32BE(1);
  }

  /** Copies bytes until `most` have been received. A slice would keep its whole 64 KiB chunk in memory. */
  private take(data: Buffer, most: number): number {
    const length = Math.max(0, Math.min(data.length, most - this.received));
    const needed = this.received + length;
    if (needed > this.framed.length) {
      const grown = Math.min(most, Math.max(needed, 2 * this.framed.length));
      this.options.charge?.(grown - this.framed.length);
      const larger = Buffer.allocUnsafeSlow(grown);
      this.framed.copy(larger, 0, 0, this.received);
      this.framed = larger;
    }
    data.copy(this.framed, this.received, 0, length);
    this.received = needed;
    return length;
  }
}

function tooLarge(size: number, maxBytes: number): TricastError {
  return new TricastError("body-too-large", `The message is ${size} bytes; the limit is ${maxBytes}`);
}
