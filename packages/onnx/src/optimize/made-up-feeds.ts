import type { Feeds } from "../feeds.ts";
import type { OnnxValueInfo } from "../metadata.ts";
import { uniform } from "../seeded-random.ts";
import { float16Bits } from "../tensor/float16.ts";
import type { Shape } from "../tensor/shape.ts";
import { elementCount, Tensor } from "../tensor/tensor.ts";
import { ARRAY_OF, isInteger64, type TensorData, type TensorType } from "../tensor/types.ts";

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
    inputs.map(({ name, type, shape }) => {
      const dims = dimsOf(shape, batch);
      return [name, new Tensor(type, elements(type, elementCount(dims), random), dims)];
    }),
  );
}

function dimsOf(shape: Shape, batch: number): number[] {
  return shape.map((dim, axis) => (typeof dim === "number" ? dim : axis === 0 ? batch : OPEN_SIZE));
}

function elements(type: TensorType, count: number, random: () => number): TensorData {
  if (type === "string") return Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]!);
  const array = new ARRAY_OF[type](count);
  for (let index = 0; index < count; index++) array[index] = element(type, random()) as never;
  return array;
}

const WORDS = ["a", "to", "one", "word", "other"];

function element(type: TensorType, share: number): number | bigint {
  if (type === "float32" || type === "float64") return share * 2 - 1;
  if (type === "float16") return float16Bits(share * 2 - 1);
  const bit = share < 0.5 ? 0 : 1;
  return isInteger64(type) ? BigInt(bit) : bit;
}
