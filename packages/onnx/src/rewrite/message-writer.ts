/** Parts of protobuf messages (protobuf.dev/programming-guides/encoding), as the fields of ONNX need them. */
export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

const [VARINT, LENGTH_DELIMITED] = [0, 2];

export function int(field: number, value: number | bigint): Uint8Array {
  return Buffer.concat([varint(field * 8 + VARINT), varint(value)]);
}

/** The tag and the length of a field of `length` bytes. */
export function head(field: number, length: number): Uint8Array {
  return Buffer.concat([varint(field * 8 + LENGTH_DELIMITED), varint(length)]);
}

export function message(field: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([head(field, length), ...parts]);
}

export function text(field: number, value: string): Uint8Array {
  return message(field, [Buffer.from(value)]);
}
