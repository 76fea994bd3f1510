import { float16Bits } from "./float16.ts";
import { elementCount, Tensor } from "./tensor.ts";
import { ARRAY_OF, type TensorType } from "./types.ts";

/** Numbers from 0 to below 1, the same for the same seed (Mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The largest number of 16 bits is 65,504. */
const LARGEST_HALF = 6e4;

/** A tensor with elements from `next`. Floats of 16 bits are given as numbers. */
export function fillWith(type: TensorType, dims: readonly number[], next: () => unknown): Tensor {
  const length = elementCount(dims);
  if (type === "string") return new Tensor(type, Array.from({ length }, next) as string[], dims);
  const array = new ARRAY_OF[type](length);
  for (let index = 0; index < length; index++) array[index] = (type === "float16" ? toHalf(next()) : next()) as never;
  return new Tensor(type, array, dims);
}

function toHalf(value: unknown): number {
  return float16Bits(Math.min(LARGEST_HALF, Math.max(-LARGEST_HALF, value as number)));
}
