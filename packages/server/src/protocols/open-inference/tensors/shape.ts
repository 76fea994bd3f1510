import { show } from "@tricast/core/adapter";
import { type InputLocation, wrongTensor } from "./tensor-error.ts";

/** numpy and ONNX Runtime stop at 64 and 8; a longer shape is an attack or a mistake. */
export const MOST_DIMENSIONS = 64;

export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/**
 * A shape as a client sent it.
 * @throws {TricastError} `invalid-tensor` where it is no list of whole numbers from 0 up, or too large to be counted.
 */
export function readShape(location: InputLocation, shape: unknown): readonly number[] {
  const at = { name: location.name, pointer: `${location.pointer}/shape` };
  if (!Array.isArray(shape)) throw wrongTensor(at, "shape to be a list of whole numbers", show(shape));
  if (shape.length > MOST_DIMENSIONS)
    throw wrongTensor(at, `at most ${MOST_DIMENSIONS} dimensions`, String(shape.length));
  const wrong = shape.findIndex((size) => !Number.isSafeInteger(size) || size < 0);
  if (wrong !== -1) throw wrongTensor(at, `shape[${wrong}] to be a whole number, 0 or more`, show(shape[wrong]));
  if (!Number.isSafeInteger(elementCount(shape)))
    throw wrongTensor(at, "a shape whose elements can be counted", showShape(shape));
  return shape;
}

export function elementCount(shape: readonly number[]): number {
  let count = 1;
  // A zero anywhere makes the tensor empty, however large the product of the others.
  if (shape.includes(0)) return 0;
  for (const size of shape) count *= size;
  return count;
}
