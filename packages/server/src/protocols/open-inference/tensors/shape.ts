import { show } from "@tricast/core/adapter";
import { type InputLocation, within, wrongTensor } from "./tensor-error.ts";

/** numpy allows 64 dimensions and ONNX Runtime 8. A longer shape is an attack or a mistake. */
export const MOST_DIMENSIONS = 64;

export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Checks a shape that a client sent.
 * @throws {TricastError} `invalid-tensor` if it is not a list of whole numbers from 0 up, or has too many elements to count.
 */
export function readShape(location: InputLocation, shape: unknown): readonly number[] {
  const at = within(location, "shape");
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
  // With a zero anywhere the tensor is empty, even if the product of the other sizes overflows.
  if (shape.includes(0)) return 0;
  for (const size of shape) count *= size;
  return count;
}
