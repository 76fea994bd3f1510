import type { Feeds } from "../feeds.ts";
import { elementCount, Tensor } from "../tensor/tensor.ts";
import { ARRAY_OF, type NumericTensorData, type TensorData, type TensorType } from "../tensor/types.ts";
import type { ParsedInput } from "./rows.ts";

/** Inputs that can run as one, and where each belongs in the request. */
export interface Batch {
  readonly members: readonly { readonly input: ParsedInput; readonly position: number }[];
}

/**
 * Groups inputs whose tensors differ in the leading dimension only. An input whose own tensors disagree on it (a graph
 * may broadcast one row over many) stays by itself: joined with others, its rows would meet theirs.
 */
export function groupBatches(inputs: readonly ParsedInput[]): Batch[] {
  const groups = new Map<string, { input: ParsedInput; position: number }[]>();
  for (const [position, input] of inputs.entries()) {
    const key = isEven(input) ? tailKey(input.feeds) : `alone ${position}`;
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [{ input, position }]);
    else members.push({ input, position });
  }
  return [...groups.values()].map((members) => ({ members }));
}

function tailKey(feeds: Feeds): string {
  let key = "";
  for (const name in feeds) key += `${feeds[name]!.dims.slice(1).join("x")};`;
  return key;
}

function isEven(input: ParsedInput): boolean {
  const rows = rowCount(input);
  for (const name in input.feeds) if (input.feeds[name]!.dims[0] !== rows) return false;
  return true;
}

/** How many rows an input has, by its first tensor. */
export function rowCount({ feeds }: ParsedInput): number {
  for (const name in feeds) return feeds[name]!.dims[0]!;
  return 0;
}

/** One tensor per graph input, with the members' rows after one another. */
export function stack({ members }: Batch): Feeds {
  const stacked: Record<string, Tensor> = {};
  for (const name in members[0]!.input.feeds) {
    stacked[name] = concatenate(members.map(({ input }) => input.feeds[name]!));
  }
  return stacked;
}

function concatenate(tensors: readonly Tensor[]): Tensor {
  const { type, dims } = tensors[0]!;
  const joined = [tensors.reduce((rows, tensor) => rows + tensor.dims[0]!, 0), ...dims.slice(1)];
  return new Tensor(type, joinData(type, tensors, elementCount(joined)), joined);
}

function joinData(type: TensorType, tensors: readonly Tensor[], length: number): TensorData {
  if (type === "string") return tensors.flatMap(({ data }) => data as readonly string[]);
  const joined = new ARRAY_OF[type](length);
  let offset = 0;
  for (const { data } of tensors) {
    (joined as Float32Array).set(data as Float32Array, offset);
    offset += (data as NumericTensorData).length;
  }
  return joined;
}
