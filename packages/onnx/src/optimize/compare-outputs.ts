import { float16Value } from "../tensor/float16.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isFloat } from "../tensor/types.ts";

type Outputs = Readonly<Record<string, Tensor>>;

/**
 * How far two answers of a model are apart: the largest difference of two float elements, as a share of the largest
 * magnitude in that output (and of 1, where all are smaller). Infinity where anything else differs: names, types,
 * shapes, integers, strings, or numbers that are not finite.
 */
export function differenceOf(expected: Outputs, got: Outputs): number {
  const names = Object.keys(expected);
  if (names.length !== Object.keys(got).length) return Infinity;
  return Math.max(0, ...names.map((name) => tensorDifference(expected[name]!, got[name])));
}

function tensorDifference(expected: Tensor, got: Tensor | undefined): number {
  if (got === undefined || got.type !== expected.type || String(got.dims) !== String(expected.dims)) return Infinity;
  if (!isFloat(expected.type)) return isEqual(expected.data, got.data) ? 0 : Infinity;
  const read = expected.type === "float16" ? float16Value : (value: number) => value;
  return floatDifference(expected.data as Float32Array, got.data as Float32Array, read);
}

function isEqual(expected: ArrayLike<unknown>, got: ArrayLike<unknown>): boolean {
  for (let index = 0; index < expected.length; index++) if (expected[index] !== got[index]) return false;
  return true;
}

function floatDifference(expected: Float32Array, got: Float32Array, read: (value: number) => number): number {
  let [largest, difference] = [1, 0];
  for (let index = 0; index < expected.length; index++) {
    const [a, b] = [read(expected[index]!), read(got[index]!)];
    if (Object.is(a, b)) continue;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
    difference = Math.max(difference, Math.abs(a - b));
  }
  for (let index = 0; index < expected.length; index++) {
    const magnitude = Math.abs(read(expected[index]!));
    if (Number.isFinite(magnitude)) largest = Math.max(largest, magnitude);
  }
  return difference / largest;
}
