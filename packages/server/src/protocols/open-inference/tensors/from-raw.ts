import { ARRAY_OF, type Datatype, type NumericArray } from "./datatypes.ts";
import { elementCount, showShape } from "./shape.ts";
import { type InputLocation, wrongTensor } from "./tensor-error.ts";

/**
 * The elements of a tensor whose data is bytes: little-endian and row-major, one byte per BOOL, and for BYTES a 32-bit
 * length before each element (Triton, extension_binary_data.md). Shares the memory of `bytes` if they are aligned.
 * @throws {TricastError} `invalid-tensor`, with the input, the size that its shape needs and the size seen.
 */
export function tensorFromRaw(
  location: InputLocation,
  datatype: Datatype,
  shape: readonly number[],
  bytes: Uint8Array,
): NumericArray | readonly string[] {
  const count = elementCount(shape);
  if (datatype === "BYTES") return splitElements(location, shape, bytes, count);
  const array = ARRAY_OF[datatype];
  const size = array.BYTES_PER_ELEMENT;
  if (bytes.byteLength !== count * size) {
    const expected = `${count * size} bytes for ${datatype} of shape ${showShape(shape)}`;
    throw wrongTensor(location, expected, String(bytes.byteLength));
  }
  if (datatype === "BOOL") refuseOtherBytes(location, bytes);
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new array(aligned.buffer, aligned.byteOffset, count);
}

function refuseOtherBytes(location: InputLocation, bytes: Uint8Array): void {
  const bad = bytes.findIndex((byte) => byte > 1);
  if (bad !== -1) throw wrongTensor(location, `0 or 1 at element ${bad} (BOOL)`, String(bytes[bad]));
}

const LENGTH_BYTES = 4;

function splitElements(location: InputLocation, shape: readonly number[], bytes: Uint8Array, count: number): string[] {
  if (bytes.byteLength < count * LENGTH_BYTES) {
    const expected = `at least ${count * LENGTH_BYTES} bytes for BYTES of shape ${showShape(shape)}`;
    throw wrongTensor(location, expected, String(bytes.byteLength));
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: string[] = [];
  let at = 0;
  while (elements.length < count) {
    const start = at + LENGTH_BYTES;
    const end = start <= bytes.byteLength ? start + view.getUint32(at, true) : Infinity;
    if (end > bytes.byteLength) {
      const expected = `element ${elements.length} with its 32-bit length before it`;
      throw wrongTensor(location, expected, `the end of its ${bytes.byteLength} bytes`);
    }
    elements.push(textOf(location, elements.length, bytes.subarray(start, end)));
    at = end;
  }
  if (at !== bytes.byteLength)
    throw wrongTensor(location, `${count} elements in ${at} bytes`, `${bytes.byteLength - at} bytes more`);
  return elements;
}

let utf8: InstanceType<typeof TextDecoder> | undefined;

/**
 * One BYTES element.
 * @throws {TricastError} `invalid-tensor` if it is not UTF-8, because models and predictors read strings.
 */
export function textOf(location: InputLocation, index: number, bytes: Uint8Array): string {
  // A byte order mark is part of the text.
  utf8 ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return utf8.decode(bytes);
  } catch {
    throw wrongTensor(location, `UTF-8 text at element ${index} (BYTES)`, `${bytes.byteLength} other bytes`);
  }
}
