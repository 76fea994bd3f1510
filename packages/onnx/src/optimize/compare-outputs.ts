import { floatDifference } from "../tensor/float-difference.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isFloat } from "../tensor/types.ts";

type Outputs = Readonly<Record<string, Tensor>>;

/**
 * The distance between two answers of a model: the largest difference of two float elements, as a share of the largest
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
  if (!isFloat(expected.type)) return expected.data.every((value, index) => value === got.data[index]) ? 0 : Infinity;
  const { difference, largest } = floatDifference(expected, got, 0, expected.data.length);
  return Number.isFinite(difference) ? difference / Math.max(1, largest) : Infinity;
}
