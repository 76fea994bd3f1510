import type { OnnxValueInfo } from "../metadata.ts";
import type { AnyLoadedModel } from "../model.ts";
import { sequenceParts } from "../rewrite/sequence-outputs.ts";
import type { Outputs } from "../runner.ts";
import { elementCount, Tensor } from "../tensor/tensor.ts";
import type { Nested, TensorData } from "../tensor/types.ts";

type Json = Nested<number | bigint | boolean | string>;

/** The outputs of a model without the parts of its sequences. */
export function tensorsOf({ outputs, origin }: AnyLoadedModel): readonly OnnxValueInfo[] {
  const { sequences = [] } = origin.form;
  const parts = new Set(sequences.flatMap(sequenceParts));
  return sequences.length === 0 ? outputs : outputs.filter(({ name }) => !parts.has(name));
}

/** An answer with each sequence as a list of its tensors. */
export function withLists(results: Outputs, sequences: readonly string[]): Record<string, Json> {
  const answer: Record<string, Json> = {};
  const parts = new Set(sequences.flatMap(sequenceParts));
  for (const name in results) if (!parts.has(name)) answer[name] = results[name]!.toJSON();
  for (const name of sequences) answer[name] = listOf(results, name);
  return answer;
}

function listOf(results: Outputs, name: string): Json {
  const [data, dims, ranks] = sequenceParts(name).map((part) => results[part]!) as [Tensor, Tensor, Tensor];
  const list: Json[] = [];
  let [at, from] = [0, 0];
  for (const rank of ranks.data) {
    const shape = Array.from(dims.data.slice(at, at + Number(rank)), Number);
    const end = from + elementCount(shape);
    list.push(new Tensor(data.type, data.data.slice(from, end) as TensorData, shape).toJSON());
    at += shape.length;
    from = end;
  }
  return list;
}
