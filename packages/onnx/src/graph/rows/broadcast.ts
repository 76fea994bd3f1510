import type { OperatorCall } from "./operator-call.ts";
import { isOne, numberOf, type Size, sameSize } from "./size.ts";
import { type Place, type Rows, samePlace, type Value } from "./value.ts";

export interface Broadcast {
  readonly dims: readonly Size[];
  readonly place: Place;
  /** Those of the values that have rows. */
  readonly rows: readonly Rows[];
}

/**
 * Values of any shapes that meet element by element (onnx docs/Broadcasting.md). Where the rows are, each must have the
 * same rows, or one element for all of them: any other size fits a run of so many rows only.
 */
export function broadcast(call: OperatorCall, values: readonly Value[]): Broadcast {
  const sizes = aligned(values.map((value) => shapeOf(call, value)));
  const rank = sizes.length;
  const rows = values.filter((value) => value.kind === "rows");
  const [place, ...others] = rows.map((value): Place => {
    return { ...value.place, axis: value.place.axis + rank - value.dims.length };
  });
  if (place === undefined) return call.refuse("has no rows");
  if (others.some((other) => !samePlace(other, place))) call.refuse("brings rows together with other rows");
  const dims = sizes.map((all, axis) => (axis === place.axis ? rowSize(call, all) : broadcastSize(call, all)));
  return { dims, place, rows };
}

/** The sizes that meet in each dimension: shapes are aligned at their ends. */
export function aligned(shapes: readonly (readonly Size[])[]): readonly (readonly Size[])[] {
  const rank = shapes.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: rank }, (_, axis) => shapes.flatMap((shape) => shape[axis - rank + shape.length] ?? []));
}

/** Of a dimension that is not the rows'. */
export function broadcastSize(call: OperatorCall, sizes: readonly Size[]): Size {
  const wide = sizes.filter((size) => !isOne(size));
  const [first = sizes[0]!] = wide;
  if (wide.every((size) => sameSize(size, first))) return first;
  // All that are not 1 must be equal, so one that is known is all of them.
  return wide.find((size) => (numberOf(size) ?? 0) > 1) ?? call.fresh();
}

function rowSize(call: OperatorCall, sizes: readonly Size[]): Size {
  const size = sizes.find(({ rows }) => rows)!;
  const fits = sizes.every((other) => sameSize(other, size) || isOne(other));
  return fits ? size : call.refuse("meets a tensor whose size along the rows is not known to be 1");
}

function shapeOf(call: OperatorCall, value: Value): readonly Size[] {
  if (value.kind === "mixed") return call.refuse(value.why);
  if (value.kind === "counted") return call.refuse("computes with the number of rows");
  return value.dims ?? call.refuse("meets a tensor whose shape is not known");
}
