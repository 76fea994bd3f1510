/** One field of a Protocol Buffers message: a varint, or bytes (a string, a message, packed numbers, a fixed number). */
export interface Field {
  readonly number: number;
  readonly wire: 0 | 1 | 2 | 5;
  readonly value: bigint | Uint8Array;
}

const FIXED_BYTES = { 1: 8, 5: 4 } as const;

/** The fields of a message in the order they stand; bytes are views of `message` (protobuf.dev, "Encoding"). */
export function readFields(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number in the model is cut short");
  };
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw new RangeError("a field of the model is cut short");
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const wire = key & 7;
    if (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5) throw new RangeError(`the model has wire type ${wire}`);
    const value = wire === 0 ? varint() : take(wire === 2 ? Number(varint()) : FIXED_BYTES[wire]);
    fields.push({ number: key >>> 3, wire, value });
  }
  return fields;
}

export function intField(number: number, value: number | bigint): Field {
  return { number, wire: 0, value: BigInt(value) };
}

export function bytesField(number: number, value: Uint8Array): Field {
  return { number, wire: 2, value };
}

export function textField(number: number, value: string): Field {
  return bytesField(number, Buffer.from(value));
}

export function messageField(number: number, fields: readonly Field[]): Field {
  return bytesField(number, Buffer.concat(fieldPieces(fields)));
}

/** The bytes of a message as pieces, so that large fields are not copied. */
export function fieldPieces(fields: readonly Field[]): Uint8Array[] {
  return fields.flatMap(({ number, wire, value }) => {
    const key = (BigInt(number) << 3n) | BigInt(wire);
    if (typeof value === "bigint") return [varintBytes(key, value)];
    return wire === 2 ? [varintBytes(key, BigInt(value.length)), value] : [varintBytes(key), value];
  });
}

/** What stands before a message of `length` bytes. */
export function messageHead(number: number, length: number): Uint8Array {
  return varintBytes((BigInt(number) << 3n) | 2n, BigInt(length));
}

function varintBytes(...values: bigint[]): Uint8Array {
  const bytes: number[] = [];
  for (const value of values) {
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
  }
  return Uint8Array.from(bytes);
}

export function textOf(fields: readonly Field[], number: number): string {
  return textsOf(fields, number)[0] ?? "";
}

export function textsOf(fields: readonly Field[], number: number): string[] {
  return messagesOf(fields, number).map((bytes) => Buffer.from(bytes).toString());
}

export function messagesOf(fields: readonly Field[], number: number): Uint8Array[] {
  return fields.flatMap((field) => (field.number === number && field.value instanceof Uint8Array ? [field.value] : []));
}

/** The numbers of a repeated integer field, packed or not; `int64` is signed. */
export function intsOf(fields: readonly Field[], number: number): number[] {
  return fields
    .filter((field) => field.number === number)
    .flatMap(({ value }) => (typeof value === "bigint" ? [value] : packedVarints(value)))
    .map((value) => Number(BigInt.asIntN(64, value)));
}

function packedVarints(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  let [value, shift] = [0n, 0n];
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) {
      values.push(value);
      [value, shift] = [0n, 0n];
    }
  }
  return values;
}
