import type { OperatorCall, Rule, Rules } from "./operator-call.ts";
import {
  type Element,
  hasRows,
  isCounted,
  isSize,
  literal,
  numberOf,
  product,
  quotient,
  ROWS,
  type Size,
} from "./size.ts";
import { contentOf, dimsOf, type Place, type Plain, type Rows, unknown, type Value } from "./value.ts";

const reshape: Rule = (call) => {
  const value = call.input(0);
  const asked = call.node.inputs.length > 1 ? call.elements(1) : call.ints("shape")?.map(literal);
  const target: readonly Element[] = asked ?? call.refuse("has a shape of unknown length");
  const allowZero = call.int("allowzero", 0) === 1;
  return value.kind === "rows" ? reshapeRows(call, value, target, allowZero) : reshapeNumbers(value, target, allowZero);
};

function reshapeNumbers(value: Plain, target: readonly Element[], allowZero: boolean): Value {
  const content = target.length <= 1 ? contentOf(value) : undefined;
  const count = content === undefined ? undefined : literal(content.length);
  const dims = target.map((element, axis) => {
    const number = numberOf(element);
    if (number === 0 && !allowZero) return value.dims?.[axis];
    if (number === -1) return count ?? inferred(value.dims, target);
    return isSize(element) && !element.rows ? element : undefined;
  });
  const known = dims.every((dim) => dim !== undefined) ? dims : undefined;
  // Weights in a shape that depends on the number of rows are no longer the same in every run.
  const kind = target.some(isCounted) ? "counted" : value.kind;
  return { kind, type: value.type, dims: known, content };
}

/** The size that -1 infers, where all others are known to divide the whole. */
function inferred(dims: readonly Size[] | undefined, target: readonly Element[]): Size | undefined {
  const others = target.filter((element) => isSize(element) && numberOf(element) !== -1);
  if (dims === undefined || others.length !== target.length - 1) return undefined;
  return quotient(product(...dims), product(...(others as readonly Size[])));
}

/** A dimension of the new shape; `undefined` where it is only known when the graph runs. */
type NewSize = Size | "inferred" | undefined;

/**
 * The position of the rows after a reshape. Elements keep their order. So the rows stay apart if the new axis of the rows
 * has as many elements before it, and as many after it, as the old axis had.
 */
function reshapeRows(call: OperatorCall, value: Rows, target: readonly Element[], allowZero: boolean): Rows {
  const sizes = target.map((element, axis): NewSize => {
    if (element === "counted") return call.refuse("has a shape that depends on the number of rows");
    if (element === "fixed") return undefined;
    const number = numberOf(element);
    if (number === 0 && !allowZero)
      return value.dims[axis] ?? call.refuse(`copies dimension ${axis}, which does not exist`);
    return number === -1 ? "inferred" : element;
  });
  const isOfRows = (size: NewSize): boolean => isKnown(size) && hasRows(size);
  if (sizes.filter(isOfRows).length > 1) call.refuse("has a shape that contains the number of rows twice");
  const explicit = sizes.findIndex(isOfRows);
  const axis = explicit >= 0 ? explicit : sizes.indexOf("inferred");
  if (axis < 0) call.refuse("has a shape without a dimension for the rows");
  const place = placeIn(sizes, axis, outsideOf(value));
  if (place === undefined) return call.refuse("has a shape that is not known to keep rows apart");
  const rowSize = product(place.before, ROWS, place.after)!;
  const dims = sizes.map((size, index) => (index === axis ? rowSize : isKnown(size) ? size : call.fresh()));
  return call.result([value], dims, place);
}

function isKnown(size: NewSize): size is Size {
  return typeof size === "object";
}

interface Outside {
  /** Elements before each row, and in it: products of sizes. */
  readonly before: Size;
  readonly after: Size;
}

function outsideOf({ dims, place }: Rows): Outside {
  const { axis, before, after } = place;
  return { before: product(...dims.slice(0, axis), before)!, after: product(after, ...dims.slice(axis + 1))! };
}

/** `undefined` where one of them is not known. */
function wholeOf(sizes: readonly NewSize[]): Size | undefined {
  const known = sizes.filter(isKnown);
  return known.length === sizes.length ? product(...known) : undefined;
}

/**
 * A new shape may contain the number of rows. For any number of rows, the runtime refuses a shape that does not have as
 * many elements as the value. So if the number of elements before the rows is right, the number after them is right too,
 * and vice versa. Otherwise the rows can only be in the dimension that -1 infers, and all other sizes must be known to
 * divide the whole.
 */
function placeIn(sizes: readonly NewSize[], axis: number, old: Outside): Place | undefined {
  const [size, front, back] = [sizes[axis], wholeOf(sizes.slice(0, axis)), wholeOf(sizes.slice(axis + 1))];
  let [before, after] = [quotient(old.before, front), quotient(old.after, back)];
  if (isKnown(size)) {
    const own = quotient(size, ROWS);
    if (front !== undefined) after = quotient(own, before);
    else before = quotient(own, after);
  }
  return before === undefined || after === undefined ? undefined : { axis, before, after };
}

/** Like a reshape to two dimensions: the dimensions before `axis`, and the dimensions from it on. */
const flatten: Rule = (call) => {
  const value = call.input(0);
  const dims = dimsOf(value);
  if (dims === undefined) return unknown(value);
  const asked = call.int("axis", 1);
  const axis = asked < 0 ? asked + dims.length : asked;
  const flat = [product(...dims.slice(0, axis)), product(...dims.slice(axis))].map((size) => size ?? call.fresh());
  if (value.kind !== "rows") return { ...unknown(value), dims: flat };
  const { place } = value;
  const [start, end] = place.axis < axis ? [0, axis] : [axis, dims.length];
  const before = product(...dims.slice(start, place.axis), place.before)!;
  const after = product(place.after, ...dims.slice(place.axis + 1, end))!;
  return call.result([value], flat, { axis: place.axis < axis ? 0 : 1, before, after });
};

export const RESHAPES: Rules = { Reshape: reshape, Flatten: flatten };
