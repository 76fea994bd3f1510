import type { OnnxValueInfo } from "../metadata.ts";
import type { NonFinite } from "../tensor/elements.ts";
import { checkFinite } from "../tensor/from-value.ts";
import { Mismatch } from "../tensor/mismatch.ts";
import { flatDims } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { ARRAY_OF } from "../tensor/types.ts";

/**
 * The one input of a graph as raw bytes: little-endian elements in row-major order, at most one dimension of any size;
 * bool is one byte, 0 or 1. (Open Inference Protocol, binary tensor data extension, "raw binary request".)
 */
export function fromBytes(inputs: readonly OnnxValueInfo[], body: Uint8Array, nonFinite: NonFinite): Tensor | Mismatch {
  const only = inputs[0];
  if (inputs.length !== 1 || only === undefined) {
    const names = inputs.map(({ name }) => name).join(", ");
    return new Mismatch(`bytes are only accepted by a model with one input, and this model has ${names}; send JSON`);
  }
  const { type, shape } = only;
  if (type === "string") return new Mismatch("strings do not have a fixed width in bytes; send JSON");
  const array = ARRAY_OF[type];
  const width = array.BYTES_PER_ELEMENT;
  if (body.length % width !== 0) {
    return new Mismatch(
      `a ${type} has ${width} bytes, and the length of the body, ${body.length}, is not a multiple of that`,
    );
  }
  const dims = flatDims(shape, body.length / width);
  if (dims instanceof Mismatch) return dims;
  if (type === "bool" && body.some((byte) => byte > 1))
    return new Mismatch("a byte is not 0 or 1, which a bool must be");
  // An array of wider elements needs an aligned start, which a body in a shared pool may not have. This copies: `slice` of
  // a Buffer would return another view of the same pool.
  const aligned = body.byteOffset % width === 0 ? body : new Uint8Array(body);
  const data = new array(aligned.buffer, aligned.byteOffset, aligned.length / width);
  return checkFinite(type, data, nonFinite) ?? new Tensor(type, data, dims);
}
