import { mayBeFloat, TYPE } from "../model.ts";
import { MOST_DIMENSIONS, type OperatorCall, type Rule, type Rules, rulesFor } from "./operator-call.ts";
import {
  type Element,
  hasRows,
  isCounted,
  isOne,
  literal,
  numberOf,
  ONE,
  product,
  quotient,
  ROWS,
  type Size,
  sameSize,
} from "./size.ts";
import {
  contentOf,
  dimsOf,
  fixed,
  isLength,
  isShaped,
  mixed,
  numbers,
  typeOf,
  unknown,
  type Value,
  withAxis,
  withoutAxes,
} from "./value.ts";

const shape: Rule = (call) => {
  const value = call.input(0);
  const dims = dimsOf(value);
  if (dims === undefined) return unknown(value);
  const taken = dims.slice(call.int("start", 0), call.int("end", dims.length));
  return numbers(taken, [literal(taken.length)], TYPE.int64);
};

const size: Rule = (call) => {
  const value = call.input(0);
  const dims = dimsOf(value);
  const unknown: Element = value.kind === "fixed" ? "fixed" : "counted";
  return numbers([dims === undefined ? unknown : (product(...dims) ?? "counted")], [], TYPE.int64);
};

const transpose: Rule = (call) => {
  const value = call.input(0);
  if (!isShaped(value)) return unknown(value);
  const { dims } = value;
  const permutation = call.ints("perm") ?? dims.map((_, axis) => dims.length - 1 - axis);
  if (permutation.length !== dims.length) call.refuse("has a permutation of another length");
  const moved = permutation.map((axis) => dims[axis] ?? call.refuse("permutes a dimension that does not exist"));
  if (value.kind !== "rows") return dims.length > 1 ? call.reshaped(value, moved) : value;
  return call.result([value], moved, { ...value.place, axis: permutation.indexOf(value.place.axis) });
};

/** Axes are an attribute, and an input since operator set 13. */
const squeeze: Rule = (call) => {
  const value = call.input(0);
  // An empty list counts as absent.
  const asked = call.intsOrInput("axes", 1) ?? [];
  if (!isShaped(value)) return unknown(value);
  const { dims } = value;
  const axes = asked.map((axis) => call.axis(axis, dims.length));
  if (value.kind === "rows") {
    if (axes.length === 0) return call.refuse("removes every dimension of size 1, which may be a single row");
    call.keepOff(value, ...axes);
    const left = withoutAxes(value, axes);
    return call.result([value], left.dims, left.place);
  }
  if (axes.length === 0 && dims.some((dim) => numberOf(dim) === undefined)) return unknown(value);
  const left = dims.filter((dim, axis) => (axes.length === 0 ? !isOne(dim) : !axes.includes(axis)));
  return { ...value, dims: left, content: contentOf(value) };
};

const unsqueeze: Rule = (call) => {
  const value = call.input(0);
  if (!isShaped(value)) return unknown(value);
  const asked = call.intsOrInput("axes", 1) ?? call.refuse("lacks axes");
  const rank = value.dims.length + asked.length;
  if (rank > MOST_DIMENSIONS) call.refuse("adds too many dimensions");
  const axes = asked.map((axis) => call.axis(axis, rank));
  const old = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));
  const dims = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? ONE : value.dims[old.indexOf(axis)]!));
  if (value.kind !== "rows") return { ...value, dims, content: rank <= 1 ? contentOf(value) : undefined };
  return call.result([value], dims, { ...value.place, axis: old[value.place.axis]! });
};

const expand: Rule = (call) => {
  const value = call.input(0);
  const target = call.elements(1);
  if (!isShaped(value) || target === undefined) return unknownShape(call, "expands to an unknown shape");
  const { dims } = value;
  const rank = Math.max(dims.length, target.length);
  const [own, asked] = [padFront<Size>(dims, rank, ONE), padFront<Element>(target, rank, ONE)];
  if (value.kind === "counted") return call.refuse("repeats the number of rows");
  if (value.kind === "fixed") return repeated(call, own, asked, value.type);
  const axis = value.place.axis + rank - dims.length;
  const wide = own.map((dim, index) =>
    index === axis ? sameRows(call, dim, asked[index]!) : wider(call, dim, asked[index]!),
  );
  return call.result([value], wide, { ...value.place, axis });
};

/** The result where not all inputs have a known shape. */
function unknownShape(call: OperatorCall, problem: string): Value {
  const value = call.input(0);
  return value.kind === "fixed" && call.input(1).kind === "fixed" ? fixed(undefined, value.type) : call.refuse(problem);
}

/** A dimension along the rows must keep its size. */
function sameRows(call: OperatorCall, dim: Size, asked: Element): Size {
  return isOne(asked) || sameSize(asked, dim) ? dim : call.refuse("expands the dimension of the rows");
}

function wider(call: OperatorCall, dim: Size, asked: Element): Size {
  if (isCounted(asked)) return call.refuse(REPEATS);
  if (typeof asked === "string") return call.fresh();
  if (isOne(asked) || sameSize(asked, dim)) return dim;
  return isOne(dim) || (numberOf(asked) ?? 0) > 1 ? asked : call.fresh();
}

const REPEATS = "repeats a row for each row";

/** The same elements for each row: a class token, a first state of zeros. */
function repeated(call: OperatorCall, own: readonly Size[], asked: readonly Element[], type: number): Value {
  const axis = asked.findIndex(hasRows);
  const dims = own.map((dim, index) => {
    if (index !== axis) return wider(call, dim, asked[index]!);
    return isOne(dim) ? (asked[index] as Size) : call.refuse("repeats several elements along the rows");
  });
  if (axis < 0) return fixed(dims, type);
  const after = quotient(asked[axis] as Size, ROWS)!;
  return { kind: "rows", dims, place: { axis, before: ONE, after }, type, rounded: false };
}

function padFront<T>(list: readonly T[], length: number, filler: T): readonly T[] {
  return [...new Array<T>(length - list.length).fill(filler), ...list];
}

const constantOfShape: Rule = (call) => {
  const target = call.elements(0);
  const value = call.attribute("value")?.tensor;
  const type = value?.type ?? TYPE.float;
  if (target === undefined)
    return call.input(0).kind === "fixed" ? fixed(undefined, type) : call.refuse("fills an unknown shape");
  const ones = target.map(() => ONE);
  const filled = repeated(call, ones, target, type);
  if (filled.kind !== "fixed" || filled.dims?.length !== 1) return filled;
  const length = numberOf(filled.dims[0]);
  const element = value === undefined ? 0 : value.values?.[0];
  if (length === undefined || !isLength(length) || element === undefined) return filled;
  return numbers(new Array<Element>(length).fill(literal(element)), filled.dims, type);
};

const tile: Rule = (call) => {
  const value = call.input(0);
  const repeats = call.opset < 6 ? undefined : call.elements(1);
  if (!isShaped(value) || repeats?.length !== value.dims.length)
    return unknownShape(call, "repeats dimensions by unknown numbers");
  const { dims } = value;
  if (value.kind === "counted") return call.refuse("repeats the number of rows");
  if (value.kind === "fixed") return repeatedTile(call, dims, repeats, value.type);
  const tiles = dims.map((dim, axis) => {
    if (axis !== value.place.axis) return tiled(call, dim, repeats[axis]!);
    return isOne(repeats[axis]) ? dim : call.refuse("repeats the rows");
  });
  return call.resultOf(value, tiles);
};

function tiled(call: OperatorCall, dim: Size, count: Element): Size {
  if (isCounted(count)) return call.refuse(REPEATS);
  return (typeof count === "string" ? undefined : product(dim, count)) ?? call.fresh();
}

function repeatedTile(call: OperatorCall, dims: readonly Size[], repeats: readonly Element[], type: number): Value {
  const axis = repeats.findIndex(hasRows);
  const tiles = dims.map((dim, index) => (index === axis ? dim : tiled(call, dim, repeats[index]!)));
  const along = repeats.map((count, index) => (index === axis ? count : ONE));
  return axis < 0 ? fixed(tiles, type) : repeated(call, tiles, along, type);
}

const range: Rule = (call) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => {
    if (call.input(index).kind !== "fixed") call.refuse("numbers the rows");
    return call.numbers(index)?.[0];
  });
  const type = typeOf(call.input(0));
  const isKnown = start !== undefined && limit !== undefined && delta && !mayBeFloat(type);
  const count = isKnown ? Math.max(0, Math.ceil((limit - start) / delta)) : -1;
  if (!isKnown || !isLength(count)) return fixed([call.fresh()], type);
  const elements = Array.from({ length: count }, (_, index) => literal(start + index * delta));
  return fixed([literal(count)], type, elements);
};

const constant: Rule = (call) => {
  const tensor = call.attribute("value")?.tensor;
  if (tensor !== undefined) return fixed(tensor.dims.map(literal), tensor.type, tensor.values?.map(literal));
  const [int, float] = [call.attribute("value_int")?.int, call.attribute("value_float")?.float];
  if (int !== undefined) return fixed([], TYPE.int64, [literal(int)]);
  if (float !== undefined) return fixed([], TYPE.float, [literal(float)]);
  const [ints, floats] = [call.attribute("value_ints")?.ints, call.attribute("value_floats")?.floats];
  const list = ints ?? floats;
  if (list === undefined) return fixed(undefined, 0);
  return fixed([literal(list.length)], ints === undefined ? TYPE.float : TYPE.int64, list.map(literal));
};

/** Ones on the diagonal: the position of a row's one depends on the index of the row. */
const eyeLike: Rule = (call) => {
  const value = call.input(0);
  return value.kind === "fixed"
    ? fixed(value.dims, call.int("dtype", value.type))
    : mixed(`${call.name} numbers the rows`);
};

/** A dimension of size 1 at an axis that is an input. */
const expandDims: Rule = (call) => {
  const value = call.rows(0);
  const asked = call.numbers(1)?.[0] ?? call.refuse("adds a dimension at an unknown axis");
  const { dims, place } = withAxis(value, call.axis(asked, value.dims.length + 1), ONE);
  return call.result([value], dims, place);
};

/** A window with a given number of elements. */
const windowOf: Rule = (call) => {
  const count = call.elements(0)?.[0];
  if (!call.isFixed(0)) call.refuse("makes a window as long as the number of rows");
  return fixed([typeof count === "object" ? count : call.fresh()], call.int("output_datatype", TYPE.float));
};

const melWeights: Rule = (call) => {
  if (call.given.some(({ kind }) => kind !== "fixed")) call.refuse("computes weights from the rows");
  return fixed([call.fresh(), call.fresh()], call.int("output_datatype", TYPE.float));
};

export const SHAPES: Rules = {
  "com.microsoft:ExpandDims": expandDims,
  ...rulesFor("HannWindow HammingWindow BlackmanWindow", windowOf),
  MelWeightMatrix: melWeights,
  Shape: shape,
  Size: size,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Expand: expand,
  ConstantOfShape: constantOfShape,
  Tile: tile,
  Range: range,
  Constant: constant,
  EyeLike: eyeLike,
};
