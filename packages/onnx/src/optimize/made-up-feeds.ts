import type { Feeds } from "../feeds.ts";
import type { OnnxValueInfo } from "../metadata.ts";
import { fillWith, uniform } from "../tensor/random-tensor.ts";
import type { Shape } from "../tensor/shape.ts";
import { isFloat, isInteger64, type TensorType } from "../tensor/types.ts";

/** For a dimension of any size other than the batch, such as a sequence or the side of an image. */
const OPEN_SIZE = 8;

/** Whether every input has a leading dimension of any size, so that rows can be stacked along it. */
export function takesBatches(inputs: readonly OnnxValueInfo[]): boolean {
  return inputs.length > 0 && inputs.every(({ shape }) => typeof shape[0] === "string");
}

/**
 * Inputs that fit the graph's types and shapes, the same for the same seed: floats from -1 to 1, integers 0 or 1, which
 * are valid indices of most tables in graphs, and short words.
 */
export function madeUpFeeds(inputs: readonly OnnxValueInfo[], batch: number, seed: number): Feeds {
  const random = uniform(seed);
  return Object.fromEntries(
    inputs.map(({ name, type, shape }) => [name, fillWith(type, dimsOf(shape, batch), () => element(type, random()))]),
  );
}

function dimsOf(shape: Shape, batch: number): number[] {
  return shape.map((dim, axis) => (typeof dim === "number" ? dim : axis === 0 ? batch : OPEN_SIZE));
}

const WORDS = ["a", "to", "one", "word", "other"];

function element(type: TensorType, share: number): number | bigint | string {
  if (type === "string") return WORDS[Math.floor(share * WORDS.length)]!;
  if (isFloat(type)) return share * 2 - 1;
  const bit = share < 0.5 ? 0 : 1;
  return isInteger64(type) ? BigInt(bit) : bit;
}
