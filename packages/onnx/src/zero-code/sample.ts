import type { OnnxValueInfo } from "../metadata.ts";
import { isFloat, type TensorType } from "../tensor/types.ts";

type Sample = number | boolean | string | readonly Sample[];

/** An input for the graph in the form of a client's request. Dimensions of any size are 1. */
export function sampleInput(inputs: readonly OnnxValueInfo[]): Record<string, Sample> {
  return Object.fromEntries(
    inputs.map(({ name, type, shape }) => [
      name,
      shape.reduceRight<Sample>(
        (inner, dim) => new Array(typeof dim === "number" ? dim : 1).fill(inner),
        neutral(type),
      ),
    ]),
  );
}

/** Integers are 1, because a graph may divide by them, or use them as a length or a mask. */
function neutral(type: TensorType): Sample {
  if (type === "string") return "";
  if (type === "bool") return true;
  return isFloat(type) ? 0 : 1;
}
