import { type Element, isCounted, numberOf, ONE, ROWS, type Size, sameSize } from "./size.ts";

/**
 * The knowledge about a value when requests are joined: their rows follow one another along axis 0 of each input, and
 * all other dimensions of the inputs are equal.
 */
export type Value = Fixed | Counted | Rows | Mixed;

/** The same in every run, for any number of rows: weights, and values computed from weights and inner sizes. */
export interface Fixed extends Known {
  readonly kind: "fixed";
}

/** Depends on the number of rows in the run, and not on their content. */
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

/** A part that belongs to one row may depend on other rows, or on the number of rows. */
export interface Mixed {
  readonly kind: "mixed";
  readonly why: string;
}

/** A value without rows. */
export type Plain = Fixed | Counted;

/** An input of an operator whose rule applies: all outputs of an operator with a mixed input are mixed. */
export type Input = Plain | Rows;

/** A value whose dimensions are known. */
export type Shaped = Rows | (Plain & { readonly dims: readonly Size[] });

interface Known {
  /** `undefined`: not even the rank is known. */
  readonly dims: readonly Size[] | undefined;
  readonly type: number;
  /** The elements of a small tensor of numbers that shapes may be computed from. */
  readonly content?: readonly Element[] | undefined;
}

/**
 * The position of the rows: along `axis`, which has `before` x rows x `after` elements. A tensor [sequence, rows, width]
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

/** A value without rows whose shape and type are no longer known. */
export function unknown(value: Value): Plain {
  return { kind: value.kind === "fixed" ? "fixed" : "counted", dims: undefined, type: 0 };
}

export function isShaped(value: Value): value is Shaped {
  return dimsOf(value) !== undefined;
}

/** `undefined` where not even the rank is known. */
export function dimsOf(value: Value | undefined): readonly Size[] | undefined {
  return value === undefined || value.kind === "mixed" ? undefined : value.dims;
}

/** `TensorProto.DataType`; 0 where it is not known. */
export function typeOf(value: Value | undefined): number {
  return value === undefined || value.kind === "mixed" ? 0 : value.type;
}

/** Dimensions, and the position of the rows in them. */
export interface Layout {
  readonly dims: readonly Size[];
  readonly place: Place;
}

/** Rows with another dimension at `axis`. */
export function withAxis({ dims, place }: Layout, axis: number, size: Size): Layout {
  const shift = axis <= place.axis ? 1 : 0;
  return { dims: dims.toSpliced(axis, 0, size), place: { ...place, axis: place.axis + shift } };
}

/** Rows without the dimensions at `axes`, which must not include the axis of the rows. */
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

/** Far more dimensions than any tensor has. */
const MOST_ELEMENTS = 256;

/** Numbers that shapes are computed from: counted where one of them depends on the number of rows. */
export function numbers(content: readonly Element[], dims: readonly Size[], type: number): Plain {
  const kind = content.some(isCounted) ? "counted" : "fixed";
  return { kind, dims, type, content: content.length <= MOST_ELEMENTS ? content : undefined };
}

/** The elements of a value without rows. Elements that are not known are listed where their number is known. */
export function contentOf({ kind, dims, content }: Plain): readonly Element[] | undefined {
  if (content !== undefined) return content;
  if (dims === undefined || dims.length > 1) return undefined;
  const count = dims.length === 0 ? 1 : numberOf(dims[0]);
  return count === undefined || !isLength(count) ? undefined : new Array<Element>(count).fill(kind);
}

/** Whether a list that shapes are computed from may have this length. Broken graphs have negative and huge ones. */
export function isLength(count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= MOST_ELEMENTS;
}

export function samePlace(a: Place, b: Place): boolean {
  return a.axis === b.axis && sameSize(a.before, b.before) && sameSize(a.after, b.after);
}

/** Whether the rows have an axis of their own. */
export function isWhole({ before, after }: Place): boolean {
  return sameSize(before, ONE) && sameSize(after, ONE);
}
