const ARRAYS = {
  f32: Float32Array,
  f64: Float64Array,
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
} as const;

/**
 * The bytes of a line such as `<f32 1 2 3>`, little-endian: `f32 f64 i8 i16 i32 i64 u8 u16 u32 u64` with numbers, `str`
 * with JSON strings (each after its 32-bit length), `utf8` with one (without), `hex` with bytes.
 */
export function toBytes(line: string): Uint8Array {
  const [, kind = "", rest = ""] = /^<(\w+) ?(.*)>$/.exec(line) ?? [];
  const words = rest.split(" ").filter((word) => word !== "");
  if (Object.hasOwn(ARRAYS, kind)) return bytesOf(new ARRAYS[kind as keyof typeof ARRAYS](words.map(Number)));
  switch (kind) {
    case "i64":
      return bytesOf(BigInt64Array.from(words, BigInt));
    case "u64":
      return bytesOf(BigUint64Array.from(words, BigInt));
    case "hex":
      return Buffer.from(words.join(""), "hex");
    case "utf8":
      return Buffer.from(JSON.parse(rest) as string);
    case "str":
      return Buffer.concat((JSON.parse(`[${rest}]`) as string[]).map(withLength));
    default:
      throw new Error(`${line} is not a line of bytes`);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}
