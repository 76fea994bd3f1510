import { float16Value } from "./float16.ts";
import type { Tensor } from "./tensor.ts";

export interface FloatDifference {
  /** Largest difference of two elements. Infinity or NaN where they differ and one of them is not finite. */
  readonly difference: number;
  /** Largest finite magnitude of an expected element. */
  readonly largest: number;
}

/** Compares the elements of two float tensors from `start` to `end`. */
export function floatDifference(expected: Tensor, actual: Tensor, start: number, end: number): FloatDifference {
  const read = expected.type === "float16" ? float16Value : (value: number) => value;
  const [left, right] = [expected.data as Float32Array, actual.data as Float32Array];
  let [largest, difference] = [0, 0];
  for (let index = start; index < end; index++) {
    const [value, other] = [read(left[index]!), read(right[index]!)];
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
    if (!Object.is(value, other)) difference = Math.max(difference, Math.abs(value - other));
  }
  return { difference, largest };
}
