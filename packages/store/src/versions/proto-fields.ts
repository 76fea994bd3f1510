import { TricastError } from "@tricast/core";
import type { FileWindow } from "./file-window.ts";

/** One field of a protobuf message, where it lies in the file (protobuf.dev/programming-guides/encoding). */
export type Field =
  | { readonly number: number; readonly kind: "varint"; readonly value: number }
  /** A string, bytes, a message or a packed list; also a fixed number. Its bytes are not read yet. */
  | { readonly number: number; readonly kind: "bytes"; readonly start: number; readonly end: number };

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * The fields of the message between two positions, in order. What a field contains is skipped, not read.
 * @throws {TricastError} `model-invalid` where the bytes are not protobuf, or end too early.
 */
export function* fields(file: FileWindow, start = 0, end: number = file.size): Generator<Field> {
  let at = start;
  while (at < end) {
    const tag = varint(file, at, end);
    const number = Math.floor(tag.value / 8);
    if (number === 0) throw broken(file, at, "there is no field 0");
    const wireType = tag.value % 8;
    if (wireType === VARINT) {
      const { value, next } = varint(file, tag.next, end);
      at = next;
      yield { number, kind: "varint", value };
    } else {
      const body = bodyOf(file, wireType, tag.next, end);
      at = body.end;
      yield { number, kind: "bytes", ...body };
    }
  }
}

function bodyOf(file: FileWindow, wireType: number, at: number, end: number): { start: number; end: number } {
  const { value: length, next } =
    wireType === BYTES ? varint(file, at, end) : { value: fixedLength(wireType), next: at };
  if (length === undefined) throw broken(file, at, `there is no wire type ${wireType} in ONNX`);
  if (length < 0 || next + length > end) {
    throw broken(file, at, `${length} bytes should follow, and only ${end - next} do`);
  }
  return { start: next, end: next + length };
}

function fixedLength(wireType: number): number | undefined {
  if (wireType === FIXED64) return 8;
  return wireType === FIXED32 ? 4 : undefined;
}

/** As a signed 64-bit number; exact up to 2^53, which is more than any size, version or dimension that is read here. */
function varint(file: FileWindow, at: number, end: number): { value: number; next: number } {
  let low = 0;
  let scale = 1;
  for (let index = 0; index < 7; index++) {
    if (at + index >= end) throw broken(file, at, "a number is cut off");
    const byte = file.at(at + index);
    low += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value: low, next: at + index + 1 };
    scale *= 128;
  }
  return longVarint(file, at, end);
}

function longVarint(file: FileWindow, at: number, end: number): { value: number; next: number } {
  let value = 0n;
  for (let index = 0; index < 10 && at + index < end; index++) {
    const byte = file.at(at + index);
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value: Number(BigInt.asIntN(64, value)), next: at + index + 1 };
  }
  throw broken(file, at, "a number is cut off");
}

/** The text of a `bytes` field. */
export function textOf(file: FileWindow, field: Field): string {
  if (field.kind !== "bytes") throw broken(file, 0, `field ${field.number} is a number where a text belongs`);
  return file.slice(field.start, field.end).toString("utf8");
}

/** The fields of a `bytes` field that is a message. */
export function fieldsOf(file: FileWindow, field: Field): Generator<Field> {
  if (field.kind !== "bytes") throw broken(file, 0, `field ${field.number} is a number where a message belongs`);
  return fields(file, field.start, field.end);
}

function broken(file: FileWindow, at: number, problem: string): TricastError {
  return new TricastError(
    "model-invalid",
    `${file.path} is not an ONNX model, or is cut off: at byte ${at} of ${file.size}, ${problem}; export it again`,
  );
}
