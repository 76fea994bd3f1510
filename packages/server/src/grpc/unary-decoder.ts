import { TricastError } from "@tricast/core";

/** A flag for a compressed message, and the length in 32 bits (grpc/grpc, PROTOCOL-HTTP2.md). */
const PREFIX_BYTES = 5;

/** Largest message of methods that take a few names. Some of them need no credentials. */
export const SMALL_MESSAGE_BYTES = 8_192;

/**
 * Reads the single message of a unary call from its stream. Replaces grpc-js's decoder, which has one limit for all
 * methods, accepts any number of messages, and opens a zlib stream for each compressed message: 64 KiB of tiny messages
 * take some hundred MB.
 */
export class UnaryDecoder {
  private readonly maxBytes: number;
  private readonly onRefusal: (error: TricastError) => void;
  private readonly prefix = Buffer.alloc(PREFIX_BYTES);
  /** The received part of prefix and message. */
  private framed: Buffer = this.prefix;
  private received = 0;

  /**
   * @param maxBytes Limit before and after decompression. Up to {@link SMALL_MESSAGE_BYTES}, messages are decompressed here,
   *   synchronously; grpc-js decompresses the others.
   */
  constructor(maxBytes: number, onRefusal: (error: TricastError) => void) {
    this.maxBytes = maxBytes;
    this.onRefusal = onRefusal;
  }

  /** Whether the whole message has arrived. */
  get complete(): boolean {
    return this.received === this.expected;
  }

  /** Returns the message with its prefix when it is complete. grpc-js calls this for each chunk. */
  write(data: Buffer): Buffer[] {
    const { maxBytes } = this;
    const prefixed = this.take(data, PREFIX_BYTES);
    if (this.size > maxBytes) return this.refuse(tooLarge(String(this.size), maxBytes));
    const rest = data.subarray(prefixed);
    const left = rest.length - this.take(rest, this.expected);
    if (left > 0) return this.refuse(new TricastError("invalid-body", "The call has more than one message; send one"));
    return this.complete ? this.finished() : [];
  }

  /** The size in the prefix; 0 until the prefix is complete. */
  private get size(): number {
    return this.received < PREFIX_BYTES ? 0 : this.framed.readUInt32BE(1);
  }

  private get expected(): number {
    return PREFIX_BYTES + this.size;
  }

  /** Copies bytes until `most` have been received. A slice would keep its whole 64 KiB chunk in memory. */
  private take(data: Buffer, most: number): number {
    const length = Math.max(0, Math.min(data.length, most - this.received));
    const needed = this.received + length;
    if (needed > this.framed.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(most, Math.max(needed, 2 * this.framed.length)));
      this.framed.copy(grown, 0, 0, this.received);
      this.framed = grown;
    }
    data.copy(this.framed, this.received, 0, length);
    this.received = needed;
    return length;
  }

  private finished(): Buffer[] {
    const { framed } = this;
    this.framed = this.prefix;
    const inflates = framed[0] !== 0 && this.maxBytes <= SMALL_MESSAGE_BYTES;
    return inflates ? this.inflated(framed.subarray(PREFIX_BYTES)) : [framed];
  }

  private inflated(message: Buffer): Buffer[] {
    const { maxBytes } = this;
    try {
      // Detects gzip and deflate by their first bytes.
      const plain = process.getBuiltinModule("node:zlib").unzipSync(message, { maxOutputLength: maxBytes });
      return [Buffer.concat([Buffer.alloc(PREFIX_BYTES), plain])];
    } catch (cause) {
      const isLarge = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
      if (isLarge) return this.refuse(tooLarge(`more than ${maxBytes}`, maxBytes));
      return this.refuse(new TricastError("invalid-body", "The message cannot be decompressed", { cause }));
    }
  }

  private refuse(error: TricastError): Buffer[] {
    this.framed = this.prefix;
    this.onRefusal(error);
    return [];
  }
}

function tooLarge(size: string, maxBytes: number): TricastError {
  return new TricastError("body-too-large", `The message is ${size} bytes; the limit is ${maxBytes}`);
}
