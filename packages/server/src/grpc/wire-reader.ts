import { TricastError } from "@tricast/core";

/** Wire types (protobuf.dev/programming-guides/encoding). */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const GROUP = 3;
export const END_GROUP = 4;
export const FIXED32 = 5;

/** The limit of protobufjs. */
const MOST_LEVELS = 100;
/** Clients of a newer protocol may send some unknown fields. */
const MOST_UNKNOWN = 1_024;

/**
 * Reads the fields of one protobuf message in place, without allocating memory.
 * @throws {TricastError} `invalid-body`, from every method, if the bytes are not protobuf.
 */
export class WireReader {
  readonly bytes: Uint8Array;
  /** Number and wire type of the field that {@link next} found. */
  field = 0;
  type = 0;
  /** The range of the bytes of a {@link BYTES} field. Set by {@link next}. */
  start = 0;
  stop = 0;
  /** Both halves of the number that {@link varint} read. */
  low = 0;
  high = 0;
  private at: number;
  private readonly end: number;
  private unknown = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Whether bytes are left. */
  get more(): boolean {
    return this.at < this.end;
  }

  /** Moves to the next field; false at the end. The caller then reads or skips its value, unless it is {@link BYTES}. */
  next(): boolean {
    if (this.at >= this.end) return false;
    this.varint();
    this.field = this.low >>> 3;
    this.type = this.low & 7;
    if (this.field === 0) throw malformed("a field has the number 0");
    if (this.type === BYTES) {
      this.varint();
      this.start = this.at;
      this.move(this.low);
      this.stop = this.at;
    }
    return true;
  }

  /** The value of a {@link VARINT} field, into {@link low} and {@link high}. */
  varint(): void {
    const { bytes, end } = this;
    let { at } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw cutShort();
      const byte = bytes[at++] as number;
      if (shift < 28) low |= (byte & 127) << shift;
      else if (shift === 28) {
        low |= byte << 28;
        high = (byte & 127) >> 4;
      } else if (shift < 63) high |= (byte & 127) << (shift - 32);
      else high |= byte << 31;
      if (byte < 128) {
        this.at = at;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw malformed("a number has more than 10 bytes");
  }

  /** Moves past `size` bytes of {@link FIXED32} or {@link FIXED64} values. Returns where they begin. */
  fixed(size: number): number {
    const { at } = this;
    this.move(size);
    return at;
  }

  /** Skips the field. Unknown fields are counted. */
  skip(known = false): void {
    if (!known) this.countUnknown();
    if (this.type === GROUP) this.skipGroup();
    else this.skipValue();
  }

  private skipValue(): void {
    const { type } = this;
    if (type === VARINT) this.varint();
    else if (type === FIXED64) this.move(8);
    else if (type === FIXED32) this.move(4);
    else if (type !== BYTES) throw malformed(`wire type ${type} where a value begins`);
  }

  private skipGroup(): void {
    for (let depth = 1; depth > 0; ) {
      if (!this.next()) throw cutShort();
      this.countUnknown();
      if (this.type === END_GROUP) depth--;
      else if (this.type !== GROUP) this.skipValue();
      else if (++depth > MOST_LEVELS) throw malformed(`more than ${MOST_LEVELS} groups within each other`);
    }
  }

  private countUnknown(): void {
    if (++this.unknown > MOST_UNKNOWN) throw malformed(`more than ${MOST_UNKNOWN} unknown fields`);
  }

  private move(size: number): void {
    if (size > this.end - this.at) throw cutShort();
    this.at += size;
  }
}

function cutShort(): TricastError {
  return malformed("a field is longer than the message");
}

export function malformed(what: string): TricastError {
  return new TricastError("invalid-body", `The message is not valid protobuf: ${what}`);
}
