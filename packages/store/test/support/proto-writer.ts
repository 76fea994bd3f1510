/** Protobuf by hand, for ONNX files that no exporter would write. */
export function varint(value: number | bigint): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

export function int(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** A field's tag and the length of what follows. */
export function head(field: number, length: number): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(length)]);
}

export function bytes(field: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([head(field, body.length), body]);
}

/** `ValueInfoProto` of a float tensor. */
export function floatValue(field: number, name: string, ...dims: readonly (number | string | undefined)[]): Buffer {
  const shape = dims.map((dim) => {
    if (dim === undefined) return bytes(1);
    return bytes(1, typeof dim === "number" ? int(1, dim) : bytes(2, dim));
  });
  return bytes(field, bytes(1, name), bytes(2, bytes(1, int(1, 1), bytes(2, ...shape))));
}

/** `TensorProto` whose data lie in another file. */
export function externalTensor(field: number, name: string, entries: Readonly<Record<string, string>>): Buffer {
  const places = Object.entries(entries).map(([key, value]) => bytes(13, bytes(1, key), bytes(2, value)));
  return bytes(field, int(1, 4), int(2, 1), bytes(8, name), ...places, int(14, 1));
}

/** `ModelProto` around the parts of a graph. */
export function model(...graph: readonly Uint8Array[]): Buffer {
  return Buffer.concat([int(1, 8), bytes(2, "by hand"), bytes(3, "1.0"), bytes(7, ...graph), bytes(8, int(2, 17))]);
}

/** A model of one Identity node; `comment` makes its bytes differ from others'. */
export function tinyModel(comment = ""): Buffer {
  const node = bytes(1, bytes(1, "x"), bytes(2, "y"), bytes(4, "Identity"));
  return model(node, bytes(10, comment), floatValue(11, "x", "batch", 4), floatValue(12, "y", "batch", 4));
}
