import { contentOf, type OperatorCall, type Rule, type Rules } from "./operator-call.ts";
import { literal, numberOf, product, quotient, ROWS, type Size } from "./size.ts";
import { dimsOf, type Element, isCounted, type Place, type Rows, unknown, type Value } from "./value.ts";

const reshape: Rule = (call) => {
  const value = call.input(0);
  const asked = call.node.inputs.length > 1 ? call.elements(1) : call.ints("shape")?.map(literal);
  const target: readonly Element[] = asked ?? call.refuse("takes a shape whose length is not known");
  const allowZero = call.int("allowzero", 0) === 1;
  return value.kind === "rows" ? reshapeRows(call, value, target, allowZero) : reshapeNumbers(value, target, allowZero);
};

function reshapeNumbers(value: Exclude<Value, Rows>, target: readonly Element[], allowZero: boolean): Value {
  if (value.kind === "mixed") return value;
  const content = target.length <= 1 ? contentOf(value) : undefined;
  const count = content === undefined ? undefined : literal(content.length);
  const dims = target.map((element, axis) => {
    const number = typeof element === "object" ? numberOf(element) : undefined;
    if (number === 0 && !allowZero) return value.dims?.[axis];
    if (number === -1) return count ?? inferred(value.dims, target);
    return typeof element === "object" && !element.rows ? element : undefined;
  });
  const known = dims.every((dim) => dim !== undefined) ? (dims as readonly Size[]) : undefined;
  // Weights in a shape that is made of the number of rows are no longer the same in every run.
  const kind = target.some(isCounted) ? "counted" : value.kind;
  return { kind, type: value.type, dims: known, content };
}

/** The size that -1 infers, where all others are known to divide the whole. */
function inferred(dims: readonly Size[] | undefined, target: readonly Element[]): Size | undefined {
  const others = target.filter((element) => typeof element === "object" && numberOf(element) !== -1);
  if (dims === undefined || others.length !== target.length - 1) return undefined;
  const [whole, rest] = [product(...dims), product(...(others as readonly Size[]))];
  return whole === undefined || rest === undefined ? undefined : quotient(whole, rest);
}

/** A dimension of the new shape; `undefined` where only the run tells. */
type NewSize = Size | "inferred" | undefined;

/**
 * Where the rows lie after a reshape. As elements keep their order, the rows stay apart where as many elements come before
 * the new axis of the rows as came before the old one, and as many after it.
 */
function reshapeRows(call: OperatorCall, value: Rows, target: readonly Element[], allowZero: boolean): Rows {
  const sizes = target.map((element, axis): NewSize => {
    if (element === "counted") return call.refuse("takes a shape that is made of the number of rows");
    if (element === "fixed") return undefined;
    const number = numberOf(element);
    if (number === 0 && !allowZero)
      return value.dims[axis] ?? call.refuse(`copies dimension ${axis}, which is not there`);
    return number === -1 ? "inferred" : element;
  });
  const counts = sizes.filter((size) => typeof size === "object" && size.rows).length;
  if (counts > 1) call.refuse("makes a shape that has the number of rows twice");
  const explicit = sizes.findIndex((size) => typeof size === "object" && size.rows);
  const axis = explicit >= 0 ? explicit : sizes.indexOf("inferred");
  if (axis < 0) call.refuse("makes a shape that has no place for the rows");
  const old = outsideOf(value);
  const place = explicit >= 0 ? explicitPlace(sizes, axis, old) : inferredPlace(sizes, axis, old);
  if (place === undefined) call.refuse("makes a shape that is not known to keep rows apart");
  const rowSize = product(place.before, ROWS, place.after)!;
  const dims = sizes.map((size, index) => (index === axis ? rowSize : typeof size === "object" ? size : call.fresh()));
  return call.result([value], dims, place);
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
  const known = sizes.filter((size) => typeof size === "object");
  return known.length === sizes.length ? product(...known) : undefined;
}

/**
 * The new shape names the number of rows. The runtime refuses a shape that does not have as many elements as there are,
 * with one row as with many: so what comes after the rows is right where what comes before them is, and the other way
 * around.
 */
function explicitPlace(sizes: readonly NewSize[], axis: number, old: Outside): Place | undefined {
  const own = quotient(sizes[axis] as Size, ROWS)!;
  const [front, back] = [wholeOf(sizes.slice(0, axis)), wholeOf(sizes.slice(axis + 1))];
  if (front !== undefined) {
    const before = quotient(old.before, front);
    const after = before === undefined ? undefined : quotient(own, before);
    return before === undefined || after === undefined ? undefined : { axis, before, after };
  }
  const after = back === undefined ? undefined : quotient(old.after, back);
  const before = after === undefined ? undefined : quotient(own, after);
  return before === undefined || after === undefined ? undefined : { axis, before, after };
}

/** The rows can only be in the dimension that -1 infers. All other sizes must be known to divide the whole. */
function inferredPlace(sizes: readonly NewSize[], axis: number, old: Outside): Place | undefined {
  const [front, back] = [wholeOf(sizes.slice(0, axis)), wholeOf(sizes.slice(axis + 1))];
  if (front === undefined || back === undefined) return undefined;
  const [before, after] = [quotient(old.before, front), quotient(old.after, back)];
  return before === undefined || after === undefined ? undefined : { axis, before, after };
}

/** Like a reshape to two dimensions: those before `axis`, and those from it on. */
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

export const RESHAPES: Rules = {
  Reshape: reshape,
  Flatten: flatten,
};
