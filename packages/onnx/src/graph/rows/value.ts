import { numberOf, ONE, ROWS, type Size, sameSize } from "./size.ts";

/**
 * What is known of a value when requests are joined: their rows stand one after another along axis 0 of each input, and
 * everything else about the inputs' shapes is the same in all of them.
 */
export type Value = Fixed | Counted | Rows | Mixed;

/** The same in every run, however many rows it has: weights, and what is computed from weights and inner sizes. */
export interface Fixed extends Known {
  readonly kind: "fixed";
}

/** Depends on the number of rows in the run, and not on what is in them. */
export interface Counted extends Known {
  readonly kind: "counted";
}

/** One part for each row, which depends on that row alone. */
export interface Rows {
  readonly kind: "rows";
  readonly dims: readonly Size[];
  readonly place: Place;
  /** `TensorProto.DataType`; 0 is unknown. */
  readonly type: number;
  /**
   * Whether the last bits may differ with the number of rows: the runtime computes matrix products, and some functions,
   * by other instructions for one row than for many.
   */
  readonly rounded: boolean;
}

/** A part of it that belongs to one row may depend on other rows, or on how many there are. */
export interface Mixed {
  readonly kind: "mixed";
  readonly why: string;
}

interface Known {
  /** `undefined`: not even the rank is known. */
  readonly dims: readonly Size[] | undefined;
  readonly type: number;
  /** The elements of a small tensor of whole numbers, or of any numbers, that shapes are made of. */
  readonly content?: readonly Element[] | undefined;
}

/** An element of a shape: `"fixed"` is unknown and the same in every run, `"counted"` depends on the number of rows. */
export type Element = Size | "fixed" | "counted";

/**
 * Where the rows lie: along `axis`, which is made of `before` x rows x `after` elements. A tensor [sequence, rows, width]
 * that is reshaped to [sequence * rows, width] has its rows on axis 0, with the sequence before.
 */
export interface Place {
  readonly axis: number;
  readonly before: Size;
  readonly after: Size;
}

export const LEADING: Place = { axis: 0, before: ONE, after: ONE };

/** A graph input: rows along axis 0. */
export function rowsOf(dims: readonly Size[], type: number): Rows {
  return { kind: "rows", dims: [ROWS, ...dims.slice(1)], place: LEADING, type, rounded: false };
}

export function fixed(dims: readonly Size[] | undefined, type: number, content?: readonly Element[]): Fixed {
  return { kind: "fixed", dims, type, content };
}

/** A value without rows of which nothing else is known any more. */
export function unknown(value: Value): Fixed | Counted {
  return { kind: value.kind === "fixed" ? "fixed" : "counted", dims: undefined, type: 0 };
}

/** `undefined` where not even the rank is known. */
export function dimsOf(value: Value | undefined): readonly Size[] | undefined {
  return value === undefined || value.kind === "mixed" ? undefined : value.dims;
}

/** `TensorProto.DataType`; 0 where it is not known. */
export function typeOf(value: Value | undefined): number {
  return value === undefined || value.kind === "mixed" ? 0 : value.type;
}

/** Dimensions, and where in them the rows lie. */
export interface Layout {
  readonly dims: readonly Size[];
  readonly place: Place;
}

/** Rows with another dimension at `axis`. */
export function withAxis({ dims, place }: Layout, axis: number, size: Size): Layout {
  const shift = axis <= place.axis ? 1 : 0;
  return { dims: dims.toSpliced(axis, 0, size), place: { ...place, axis: place.axis + shift } };
}

/** Rows without the dimensions at `axes`, none of which is that of the rows. */
export function withoutAxes({ dims, place }: Layout, axes: readonly number[]): Layout {
  const before = new Set(axes.filter((axis) => axis < place.axis)).size;
  return {
    dims: dims.filter((_, axis) => !axes.includes(axis)),
    place: { ...place, axis: place.axis - before },
  };
}

export function mixed(why: string): Mixed {
  return { kind: "mixed", why };
}

/** No tensor has more dimensions than this by far. */
export const MOST_ELEMENTS = 256;

/** Numbers that shapes are made of: counted where one of them depends on the number of rows. */
export function numbers(content: readonly Element[], dims: readonly Size[], type: number): Fixed | Counted {
  const kind = content.some(isCounted) ? "counted" : "fixed";
  return { kind, dims, type, content: content.length <= MOST_ELEMENTS ? content : undefined };
}

export function samePlace(a: Place, b: Place): boolean {
  return a.axis === b.axis && sameSize(a.before, b.before) && sameSize(a.after, b.after);
}

/** Whether the rows have an axis of their own. */
export function isWhole({ before, after }: Place): boolean {
  return sameSize(before, ONE) && sameSize(after, ONE);
}

/** Whether an element depends on the number of rows. */
export function isCounted(element: Element): boolean {
  return element === "counted" || (typeof element === "object" && element.rows);
}

/** An element that is known without running the graph. */
export function knownNumber(element: Element): number | undefined {
  return typeof element === "object" ? numberOf(element) : undefined;
}
