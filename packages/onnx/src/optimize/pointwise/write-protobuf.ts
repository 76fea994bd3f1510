/** An encoded field of a message (protobuf.dev/programming-guides/encoding), in pieces, so that weights are not copied. */
export type Pieces = readonly Uint8Array[];

export function intField(number: number, value: number): Pieces {
  return [varint(number * 8), varint(value)];
}

export function textField(number: number, value: string): Pieces {
  return messageField(number, [Buffer.from(value)]);
}

/** A message, or bytes. */
export function messageField(number: number, content: Pieces): Pieces {
  const length = content.reduce((total, piece) => total + piece.length, 0);
  return [varint(number * 8 + 2), varint(length), ...content];
}

/** Shapes may contain -1, which takes 64 bits. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(rest)]);
}
