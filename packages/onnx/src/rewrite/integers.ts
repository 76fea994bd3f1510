import type { Bytes } from "../graph/bytes.ts";
import type { Field } from "../graph/protobuf.ts";

/** The 64-bit numbers of a field that may be repeated, with every digit: one number, or many in packed form. */
export function integersOf(bytes: Bytes, field: Field): bigint[] {
  // One number is between the tag, which is one byte in the messages of ONNX, and the end.
  const packed = bytes.slice(field.value === undefined ? field.start : field.tag + 1, field.end);
  const numbers: bigint[] = [];
  let [value, shift] = [0n, 0n];
  for (const byte of packed) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    numbers.push(BigInt.asIntN(64, value));
    [value, shift] = [0n, 0n];
  }
  return numbers;
}
