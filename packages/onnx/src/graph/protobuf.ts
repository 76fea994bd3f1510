import { type Bytes, notOnnx } from "./bytes.ts";

/** One field of a message, by its position (protobuf.dev/programming-guides/encoding). */
export interface Field {
  readonly number: number;
  /** Set for a varint; exact up to 2^53. */
  readonly value: number | undefined;
  /** Position of its tag. */
  readonly tag: number;
  /** Start and end of the bytes of every other field: a text, a message, packed numbers, or one fixed number. */
  readonly start: number;
  readonly end: number;
}

const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The fields of the outermost message. @throws {TricastError} as {@link fieldsOf}. */
export function allFields(bytes: Bytes): Generator<Field> {
  return fieldsBetween(bytes, 0, bytes.size);
}

/**
 * The fields of a message, in order. Their contents are skipped, not read.
 * @throws {TricastError} `model-invalid` where the bytes are not protobuf, or end too early.
 */
export function fieldsOf(bytes: Bytes, message: Field): Generator<Field> {
  if (message.value !== undefined) throw notHere(bytes, message, "a message");
  return fieldsBetween(bytes, message.start, message.end);
}

function* fieldsBetween(bytes: Bytes, start: number, end: number): Generator<Field> {
  const reader = new VarintReader(bytes, start, end);
  while (reader.position < end) {
    const { position: tag } = reader;
    const key = reader.next();
    const number = Math.floor(key / 8);
    const wireType = key % 8;
    if (number === 0) throw brokenAt(bytes, tag, "a field has the number 0");
    if (wireType === 0) {
      yield { number, value: reader.next(), tag, start: reader.position, end: reader.position };
      continue;
    }
    const length = lengthOf(bytes, wireType, reader);
    const from = reader.position;
    if (length < 0 || from + length > end) {
      throw brokenAt(bytes, from, `a field has ${length} bytes, and ${end - from} follow`);
    }
    reader.position = from + length;
    yield { number, value: undefined, tag, start: from, end: from + length };
  }
}

function lengthOf(bytes: Bytes, wireType: number, reader: VarintReader): number {
  if (wireType === LENGTH_DELIMITED) return reader.next();
  if (wireType === FIXED64) return 8;
  if (wireType === FIXED32) return 4;
  throw brokenAt(bytes, reader.position, `the wire type is ${wireType}`);
}

/** Reads varints from a position on, as signed 64-bit numbers. */
class VarintReader {
  position: number;
  private readonly bytes: Bytes;
  private readonly end: number;

  constructor(bytes: Bytes, start: number, end: number) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  next(): number {
    const start = this.position;
    let [low, scale] = [0, 1];
    for (let count = 0; count < 7; count++) {
      const byte = this.byte();
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return low;
      scale *= 128;
    }
    this.position = start;
    return this.nextLong();
  }

  private nextLong(): number {
    let value = 0n;
    for (let count = 0; count < 10; count++) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw brokenAt(this.bytes, this.position, "a number is longer than 64 bits");
  }

  private byte(): number {
    if (this.position >= this.end) throw brokenAt(this.bytes, this.position, "a number is cut off");
    return this.bytes.at(this.position++);
  }
}

/** The text of a field. */
export function textOf(bytes: Bytes, field: Field): string {
  if (field.value !== undefined) throw notHere(bytes, field, "a text");
  return copyOf(bytes, field).toString("utf8");
}

/** The numbers of a varint field that may be repeated: one number, or many in packed form. */
export function varintsOf(bytes: Bytes, field: Field): number[] {
  if (field.value !== undefined) return [field.value];
  const numbers: number[] = [];
  const reader = new VarintReader(bytes, field.start, field.end);
  while (reader.position < field.end) numbers.push(reader.next());
  return numbers;
}

/** Numbers of a fixed width, in bytes. */
export interface FixedReader {
  readonly width: number;
  at(content: Buffer, offset: number): number;
}

export const FLOAT32: FixedReader = { width: 4, at: (content, offset) => content.readFloatLE(offset) };
export const FLOAT64: FixedReader = { width: 8, at: (content, offset) => content.readDoubleLE(offset) };

/** The numbers of a field that may be repeated. */
export function fixedOf(bytes: Bytes, field: Field, { width, at }: FixedReader): number[] {
  const content = copyOf(bytes, field);
  return Array.from({ length: Math.floor(content.length / width) }, (_, index) => at(content, index * width));
}

function copyOf(bytes: Bytes, { start, end }: Field): Buffer {
  return Buffer.from(bytes.slice(start, end));
}

function notHere(bytes: Bytes, { number, tag }: Field, expected: string) {
  return brokenAt(bytes, tag, `field ${number} is a number instead of ${expected}`);
}

function brokenAt({ name, size }: Bytes, at: number, problem: string) {
  return notOnnx(name, `at byte ${at} of ${size}, ${problem}`);
}
