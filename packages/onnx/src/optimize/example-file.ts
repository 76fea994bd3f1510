import { Tensor } from "../tensor/tensor.ts";
import type { Example } from "./options.ts";

/** Examples after a structured clone, which drops the class of tensors and keeps their members. */
export function reviveExamples(examples: readonly Example[]): readonly Example[] {
  return examples.map((example) => {
    const values = Object.entries(example).map(([name, value]) => [
      name,
      isClonedTensor(value) ? toTensor(value) : value,
    ]);
    return Object.fromEntries(values) as Example;
  });
}

function isClonedTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "dims" in value;
}

function toTensor({ type, data, dims }: Tensor): Tensor {
  return new Tensor(type, data, dims);
}
