import type { NamedTensor } from "@tricast/core/adapter";

/** The bytes of a tensor in the form of the binary tensor extension. Those of a numeric tensor are not copied. */
export function tensorToRaw({ data }: Pick<NamedTensor, "data">): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return joinElements(data);
}

/** A 32-bit length, little-endian, before each element. */
function joinElements(elements: readonly string[]): Uint8Array {
  const sizes = elements.map((element) => Buffer.byteLength(element, "utf8"));
  const joined = Buffer.allocUnsafe(sizes.reduce((total, size) => total + 4 + size, 0));
  let at = 0;
  for (const [index, element] of elements.entries()) {
    at = joined.writeUInt32LE(sizes[index]!, at);
    at += joined.write(element, at, "utf8");
  }
  return joined;
}
