import type { OperatorCall } from "./operator-call.ts";
import { isOne, numberOf, type Size, sameSize } from "./size.ts";
import { type Input, type Layout, type Place, type Rows, samePlace } from "./value.ts";

export interface Broadcast extends Layout {
  /** The values that have rows. */
  readonly rows: readonly Rows[];
}

/**
 * Inputs that an operator combines element by element, in any shapes that broadcast (onnx docs/Broadcasting.md). Along the
 * axis of the rows, each must have the same rows, or one element for all of them. Any other size fits only one number of rows.
 */
export function broadcast(call: OperatorCall, values: readonly Input[]): Broadcast {
  const sizes = aligned(values.map((value) => shapeOf(call, value)));
  const rank = sizes.length;
  const rows = values.filter((value) => value.kind === "rows");
  const [place, ...others] = rows.map((value): Place => {
    return { ...value.place, axis: value.place.axis + rank - value.dims.length };
  });
  if (place === undefined) return call.refuse("does not have rows");
  if (others.some((other) => !samePlace(other, place))) call.refuse("combines rows with other rows");
  const dims = sizes.map((all, axis) => (axis === place.axis ? rowSize(call, all) : broadcastSize(call, all)));
  return { dims, place, rows };
}

/** The sizes of each dimension of the result: shapes are aligned at their ends. */
export function aligned(shapes: readonly (readonly Size[])[]): readonly (readonly Size[])[] {
  const rank = shapes.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: rank }, (_, axis) => shapes.flatMap((shape) => shape[axis - rank + shape.length] ?? []));
}

/** Of a dimension that does not contain the rows. */
export function broadcastSize(call: OperatorCall, sizes: readonly Size[]): Size {
  const wide = sizes.filter((size) => !isOne(size));
  const [first = sizes[0]!] = wide;
  if (wide.every((size) => sameSize(size, first))) return first;
  // All sizes other than 1 must be equal, so a known one is the result.
  return wide.find((size) => (numberOf(size) ?? 0) > 1) ?? call.fresh();
}

function rowSize(call: OperatorCall, sizes: readonly Size[]): Size {
  const size = sizes.find(({ rows }) => rows)!;
  const fits = sizes.every((other) => sameSize(other, size) || isOne(other));
  return fits ? size : call.refuse("combines rows with a tensor whose size along the rows is not known to be 1");
}

function shapeOf(call: OperatorCall, value: Input): readonly Size[] {
  if (value.kind === "counted") return call.refuse("computes with the number of rows");
  return value.dims ?? call.refuse("combines rows with a tensor of unknown shape");
}
