import { isTensor, Tensor } from "../tensor/tensor.ts";
import type { TensorType } from "../tensor/types.ts";
import type { Example } from "./options.ts";

interface PlainTensor {
  readonly tensor: { readonly type: TensorType; readonly data: never; readonly dims: readonly number[] };
}

/** Examples as structured clones carry them: a tensor loses its class on the way. */
export function plainExamples(examples: readonly Example[]): readonly Example[] {
  return examples.map((example) => mapValues(example, (value) => (isTensor(value) ? toPlain(value) : value)));
}

export function reviveExamples(examples: readonly Example[]): readonly Example[] {
  return examples.map((example) => mapValues(example, (value) => (isPlainTensor(value) ? toTensor(value) : value)));
}

function mapValues(example: Example, map: (value: unknown) => unknown): Example {
  return Object.fromEntries(Object.entries(example).map(([name, value]) => [name, map(value)])) as Example;
}

function toPlain({ type, data, dims }: Tensor): unknown {
  return { tensor: { type, data, dims } };
}

function toTensor({ tensor }: PlainTensor): Tensor {
  return new Tensor(tensor.type, tensor.data, tensor.dims);
}

function isPlainTensor(value: unknown): value is PlainTensor {
  return typeof value === "object" && value !== null && "tensor" in value;
}
