import { TricastError } from "@tricast/core";
import { type Charge, type NamedTensor, show, takeMemory } from "@tricast/core/adapter";
import { elementReader } from "../tensors/element-reader.ts";
import { elementCount, showShape } from "../tensors/shape.ts";
import { within, wrongTensor } from "../tensors/tensor-error.ts";
import type { Column } from "./schema-columns.ts";

/** The name of the single input or output of a predictor whose value is not an object. */
export const BARE_INPUT = "input";
export const BARE_OUTPUT = "output";

/** A list on V8's heap, and a member with its number. */
const BYTES_PER_LIST = 48;
const BYTES_PER_MEMBER = 20;

interface ColumnSource {
  readonly tensor: NamedTensor;
  readonly path: readonly string[];
  /** The shape of one instance. */
  readonly dims: readonly number[];
}

/**
 * The instances in tensors of shape `[N, ...]`: instance `i` has row `i` of each tensor. If columns are known, other names
 * are refused, and a single value may have shape `[N, 1]`. Otherwise each name is a member.
 * `charge` takes the memory of the lists before they are made.
 * @throws {TricastError} `invalid-tensor` for names and shapes that do not fit; `body-too-large` for more than `most`
 * instances, or for lists that take more than half of the heap; the error of `charge`.
 */
export function toInstances(
  tensors: readonly NamedTensor[],
  columns: readonly Column[],
  most: number,
  charge?: Charge,
): unknown[] {
  const sources = tensors.map((tensor, index) => sourceOf(tensor, `/inputs/${index}`, columns));
  const first = sources[0];
  if (first === undefined) throw new TricastError("invalid-tensor", "The request has no inputs; send at least one");
  const count = first.tensor.shape[0]!;
  if (count > most)
    throw new TricastError("body-too-large", `The inputs have ${count} rows; the limit is ${most} (limits.instances)`);
  for (const [index, { tensor }] of sources.entries()) checkRows(tensor, `/inputs/${index}`, first.tensor);
  takeMemory(
    tensors.reduce((sum, { shape }) => sum + listBytes(shape), 0),
    charge,
  );
  const rows = sources.map(rowReader);
  return Array.from({ length: count }, (_, row) => {
    if (sources.length === 1 && first.path.length === 0) return rows[0]!(row);
    const instance: Record<string, unknown> = {};
    for (const [index, { path }] of sources.entries()) put(instance, path, rows[index]!(row));
    return instance;
  });
}

/** The memory of the lists in lists that hold a tensor of this shape. */
function listBytes(shape: readonly number[]): number {
  let bytes = 0;
  let lists = 1;
  for (const size of shape) {
    bytes += lists * (BYTES_PER_LIST + size * BYTES_PER_MEMBER);
    lists *= size;
  }
  return bytes;
}

function sourceOf(tensor: NamedTensor, pointer: string, columns: readonly Column[]): ColumnSource {
  const { name, shape } = tensor;
  if (shape.length === 0)
    throw wrongTensor(within({ name, pointer }, "shape"), "shape [N, ...] with a row per instance", "[]");
  const dims = shape.slice(1);
  const column = columns.find((each) => each.name === name);
  if (column !== undefined) {
    const isSingle = column.shape.length === 1 && dims.length === 1 && dims[0] === 1;
    return { tensor, path: column.path, dims: isSingle ? [] : dims };
  }
  if (columns.length > 0)
    throw wrongTensor({ name, pointer }, `an input named ${columns.map((each) => each.name).join(" or ")}`, show(name));
  return { tensor, path: name === BARE_INPUT ? [] : [name], dims };
}

function checkRows({ name, shape }: NamedTensor, pointer: string, first: NamedTensor): void {
  if (shape[0] === first.shape[0]) return;
  const expected = `${first.shape[0]} rows, as input ${JSON.stringify(first.name)} has`;
  throw wrongTensor(within({ name, pointer }, "shape"), expected, showShape(shape));
}

function rowReader({ tensor, dims }: ColumnSource): (row: number) => unknown {
  const read = elementReader(tensor);
  const size = elementCount(dims);
  let next = 0;
  const nested = (axis: number): unknown => {
    if (axis === dims.length) return read(next++);
    // Not with `push`, which makes room for 17 members at least.
    const list = new Array<unknown>(dims[axis]!);
    for (let index = 0; index < list.length; index++) list[index] = nested(axis + 1);
    return list;
  };
  return (row) => {
    next = row * size;
    return nested(0);
  };
}

function put(instance: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let object = instance;
  for (const key of path.slice(0, -1)) {
    // Not by assignment, because a member may be named `__proto__`.
    if (!Object.hasOwn(object, key)) define(object, key, {});
    object = object[key] as Record<string, unknown>;
  }
  define(object, path.at(-1)!, value);
}

function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}
