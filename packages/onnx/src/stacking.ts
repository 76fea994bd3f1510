import type { Feeds } from "./feeds.ts";
import { elementCount, Tensor } from "./tensor/tensor.ts";
import { ARRAY_OF, type TensorData, type TensorType } from "./tensor/types.ts";

/** The number of rows in a set of tensors, from its first tensor. A tensor without dimensions is one row. */
export function rowCount(feeds: Feeds): number {
  for (const name in feeds) return feeds[name]!.dims[0] ?? 1;
  return 1;
}

/**
 * Whether the tensors agree on their leading dimension. Otherwise (a graph may broadcast one row over many) they must run
 * alone: joined with others, their rows would be combined with rows of other requests.
 */
export function isEven(feeds: Feeds): boolean {
  const rows = rowCount(feeds);
  for (const name in feeds) if (feeds[name]!.dims[0] !== rows) return false;
  return true;
}

/** Equal for feeds of one graph that can be stacked. Names and types are the same for all feeds of a graph. */
export function tailKey(feeds: Feeds): string {
  let key = "";
  for (const name in feeds) key += `${feeds[name]!.dims.slice(1).join("x")};`;
  return key;
}

/**
 * One tensor per graph input, with the rows of all requests one after another.
 * @throws {RangeError} for an array whose length has changed, for example because it was transferred to another thread:
 * later rows would move into its place.
 */
export function stackFeeds(all: readonly Feeds[]): Record<string, Tensor> {
  const stacked: Record<string, Tensor> = {};
  for (const name in all[0]!) stacked[name] = concatenate(all.map((feeds) => feeds[name]!));
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
  for (const { data, dims } of tensors) {
    if (data.length !== elementCount(dims)) throw new RangeError(`an array of [${dims.join(", ")}] has ${data.length}`);
    (joined as Float32Array).set(data as Float32Array, offset);
    offset += data.length;
  }
  return joined;
}

/** Some rows of each tensor, as copies, so that the answers of callers do not share memory. */
export function takeRows(tensors: Feeds, start: number, end: number): Record<string, Tensor> {
  const taken: Record<string, Tensor> = {};
  for (const name in tensors) {
    const { type, data, dims } = tensors[name]!;
    const width = elementCount(dims.slice(1));
    const rows = data.slice(start * width, end * width) as TensorData;
    taken[name] = new Tensor(type, rows, [end - start, ...dims.slice(1)]);
  }
  return taken;
}
