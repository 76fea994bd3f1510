import { isList, Mismatch } from "./mismatch.ts";
import { elementCount } from "./tensor.ts";

/**
 * Dimensions as the graph declares them. A string is a dimension of any size: its name, or `"?"` without a name.
 * An empty shape is a scalar, or a tensor whose rank the graph leaves open: the runtime does not distinguish them.
 */
export type Shape = readonly (number | string)[];

export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** The length of each level of nested lists, followed along the first elements. */
export function nestedDims(value: unknown): number[] {
  const dims: number[] = [];
  let level = value;
  while (isList(level)) {
    dims.push(level.length);
    level = level[0];
  }
  return dims;
}

/** The dimensions of a tensor of `shape` for nested or flat lists, or for one bare value. */
export function dimsFor(shape: Shape, value: unknown): readonly number[] | Mismatch {
  const nested = nestedDims(value);
  if (shape.length === 0) return nested;
  if (nested.length === shape.length) return checkDims(shape, nested) ?? nested;
  if (nested.length > 1) return wrongDepth(shape, nested);
  return flatDims(shape, nested[0] ?? 1, nested.length === 0 ? "a single value" : `a flat list of ${nested[0]}`);
}

function wrongDepth(shape: Shape, nested: readonly number[]): Mismatch {
  const expected = shape.length === 1 ? "1 level" : `${shape.length} levels`;
  return new Mismatch(
    `expected ${expected} of lists for shape ${showShape(shape)}, got ${nested.length}: ${showShape(nested)}`,
  );
}

/** The dimensions of `length` elements in `shape`, if exactly one choice is possible. */
export function flatDims(shape: Shape, length: number, got = `${length}`): readonly number[] | Mismatch {
  if (shape.length === 0) return length === 1 ? [] : [length];
  const known = shape.filter((dim) => typeof dim === "number");
  const size = elementCount(known);
  const open = shape.length - known.length;
  if (open === 0 && length === size) return known;
  if (open === 1 && size > 0 && length % size === 0)
    return shape.map((dim) => (typeof dim === "number" ? dim : length / size));
  if (open > 1) return new Mismatch(`expected lists nested as shape ${showShape(shape)}, got ${got}`);
  const expected = open === 1 ? `a multiple of ${size}` : size;
  return new Mismatch(`expected ${expected} elements for shape ${showShape(shape)}, got ${got}`);
}

/** The first dimension that differs from the graph's, or `undefined` when all fit. */
export function checkDims(shape: Shape, dims: readonly number[]): Mismatch | undefined {
  if (shape.length === 0) return undefined;
  if (shape.length !== dims.length) return new Mismatch(`expected shape ${showShape(shape)}, got ${showShape(dims)}`);
  for (let axis = 0; axis < shape.length; axis++) {
    const expected = shape[axis];
    if (typeof expected !== "number" || expected === dims[axis]) continue;
    return new Mismatch(
      `expected shape ${showShape(shape)}, got ${showShape(dims)}: dimension ${axis} is ${dims[axis]}, not ${expected}`,
    );
  }
  return undefined;
}
