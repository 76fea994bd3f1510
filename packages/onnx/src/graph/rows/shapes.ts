import { mayBeFloat, TYPE } from "../model.ts";
import {
  contentOf,
  isLength,
  literals,
  MOST_DIMENSIONS,
  type OperatorCall,
  type Rule,
  type Rules,
} from "./operator-call.ts";
import { isOne, literal, numberOf, ONE, product, quotient, ROWS, type Size, sameSize } from "./size.ts";
import {
  dimsOf,
  type Element,
  fixed,
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
  const taken = dims.slice(call.int("start", 0), call.attribute("end")?.int ?? dims.length);
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
  const dims = dimsOf(value);
  if (dims === undefined) return unknown(value);
  const permutation = call.ints("perm") ?? dims.map((_, axis) => dims.length - 1 - axis);
  if (permutation.length !== dims.length) call.refuse("has a permutation of another length");
  const moved = permutation.map((axis) => dims[axis] ?? call.refuse("permutes a dimension that is not there"));
  if (value.kind === "mixed") return value;
  if (value.kind !== "rows") return { ...value, dims: moved };
  return call.result([value], moved, { ...value.place, axis: permutation.indexOf(value.place.axis) });
};

/** Axes are an attribute, and since operator set 13 an input. */
function axesOf(call: OperatorCall): readonly number[] | undefined {
  if (call.inputs[1] === undefined) return call.ints("axes");
  return call.numbers(1) ?? call.refuse("takes axes that are not known");
}

const squeeze: Rule = (call) => {
  const value = call.input(0);
  const asked = axesOf(call);
  // An empty list is as good as none.
  const axes = asked?.length === 0 ? undefined : asked;
  if (value.kind === "mixed" || value.dims === undefined) return unknown(value);
  const { dims } = value;
  if (value.kind === "rows") {
    if (axes === undefined) return call.refuse("removes every dimension of size 1, which a single row is as well");
    const gone = axes.map((axis) => call.axis(axis, dims.length));
    call.keepOff(value, ...gone);
    const left = withoutAxes(value, gone);
    return call.result([value], left.dims, left.place);
  }
  const gone = axes?.map((axis) => call.axis(axis, dims.length));
  if (gone === undefined && dims.some((dim) => numberOf(dim) === undefined)) return unknown(value);
  const left = dims.filter((dim, axis) => (gone === undefined ? !isOne(dim) : !gone.includes(axis)));
  return { ...value, dims: left, content: contentOf(value) };
};

const unsqueeze: Rule = (call) => {
  const value = call.input(0);
  if (value.kind === "mixed" || value.dims === undefined) return unknown(value);
  const asked = axesOf(call) ?? call.refuse("has no axes");
  const rank = value.dims.length + asked.length;
  if (rank > MOST_DIMENSIONS) call.refuse("adds too many dimensions");
  const axes = asked.map((axis) => call.axis(axis, rank));
  const old = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));
  const dims = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? ONE : value.dims![old.indexOf(axis)]!));
  if (value.kind !== "rows") return { ...value, dims, content: rank <= 1 ? contentOf(value) : undefined };
  return call.result([value], dims, { ...value.place, axis: old[value.place.axis]! });
};

const expand: Rule = (call) => {
  const value = call.input(0);
  const target = call.elements(1);
  if (value.kind === "mixed" || value.dims === undefined || target === undefined)
    return value.kind === "fixed" && call.input(1).kind === "fixed"
      ? fixed(undefined, value.type)
      : call.refuse("expands to a shape that is not known");
  const { dims } = value;
  const rank = Math.max(dims.length, target.length);
  const [own, asked] = [padFront<Size>(dims, rank, ONE), padFront<Element>(target, rank, ONE)];
  if (value.kind === "rows") {
    const axis = value.place.axis + rank - dims.length;
    const wide = own.map((dim, index) =>
      index === axis ? sameRows(call, dim, asked[index]!) : wider(call, dim, asked[index]!),
    );
    return call.result([value], wide, { ...value.place, axis });
  }
  if (value.kind === "counted") return call.refuse("spreads the number of rows");
  return repeated(call, own, asked, value.type);
};

/** A dimension along the rows may not be made any longer. */
function sameRows(call: OperatorCall, dim: Size, asked: Element): Size {
  if (typeof asked === "object" && (isOne(asked) || sameSize(asked, dim))) return dim;
  return call.refuse("expands the dimension of the rows");
}

function wider(call: OperatorCall, dim: Size, asked: Element): Size {
  if (asked === "counted" || (typeof asked === "object" && asked.rows))
    return call.refuse("repeats a row for each row");
  if (asked === "fixed") return call.fresh();
  if (isOne(asked) || sameSize(asked, dim)) return dim;
  return isOne(dim) || (numberOf(asked) ?? 0) > 1 ? asked : call.fresh();
}

/** The same elements for each row: a class token, a first state of zeros. */
function repeated(call: OperatorCall, own: readonly Size[], asked: readonly Element[], type: number): Value {
  const axis = asked.findIndex((element) => typeof element === "object" && element.rows);
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
    return call.input(0).kind === "fixed" ? fixed(undefined, type) : call.refuse("fills a shape that is not known");
  const filled = repeated(
    call,
    target.map(() => ONE),
    target,
    type,
  );
  const length = filled.kind === "fixed" && filled.dims?.length === 1 ? numberOf(filled.dims[0]) : undefined;
  const element = value === undefined ? 0 : value.values?.[0];
  if (length === undefined || !isLength(length) || element === undefined) return filled;
  return numbers(new Array<Element>(length).fill(literal(element)), filled.kind === "fixed" ? filled.dims! : [], type);
};

const tile: Rule = (call) => {
  const value = call.input(0);
  const repeats = call.opset < 6 ? undefined : call.elements(1);
  if (value.kind === "mixed" || value.dims === undefined || repeats?.length !== value.dims.length)
    return value.kind === "fixed" && call.input(1).kind === "fixed"
      ? fixed(undefined, value.type)
      : call.refuse("repeats dimensions by numbers that are not known");
  if (value.kind === "counted") return call.refuse("repeats the number of rows");
  if (value.kind === "fixed") return repeatedTile(call, value.dims, repeats, value.type);
  const dims = value.dims.map((dim, axis) => {
    const count = repeats[axis]!;
    if (axis === value.place.axis) return isOneElement(count) ? dim : call.refuse("repeats the rows");
    return tiled(call, dim, count);
  });
  return call.result([value], dims, value.place);
};

function isOneElement(element: Element): boolean {
  return typeof element === "object" && isOne(element);
}

function tiled(call: OperatorCall, dim: Size, count: Element): Size {
  if (count === "counted" || (typeof count === "object" && count.rows))
    return call.refuse("repeats a row for each row");
  return count === "fixed" ? call.fresh() : (product(dim, count) ?? call.fresh());
}

function repeatedTile(call: OperatorCall, dims: readonly Size[], repeats: readonly Element[], type: number): Value {
  const axis = repeats.findIndex((count) => typeof count === "object" && count.rows);
  if (axis < 0)
    return fixed(
      dims.map((dim, index) => tiled(call, dim, repeats[index]!)),
      type,
    );
  const ones = dims.map((dim, index) => (index === axis ? dim : tiled(call, dim, repeats[index]!)));
  return repeated(
    call,
    ones,
    repeats.map((count, index) => (index === axis ? count : ONE)),
    type,
  );
}

const range: Rule = (call) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => {
    if (call.input(index).kind !== "fixed") call.refuse("numbers the rows");
    return call.numbers(index)?.[0];
  });
  const type = typeOf(call.input(0));
  if (start === undefined || limit === undefined || !delta) return fixed([call.fresh()], type);
  if (mayBeFloat(type)) return fixed([call.fresh()], type);
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!isLength(count)) return fixed([call.fresh()], type);
  return fixed(
    [literal(count)],
    type,
    Array.from({ length: count }, (_, index) => literal(start + index * delta)),
  );
};

const constant: Rule = (call) => {
  const tensor = call.attribute("value")?.tensor;
  if (tensor !== undefined) return fixed(literals(tensor.dims), tensor.type, tensor.values?.map(literal));
  const { int, float } = { int: call.attribute("value_int")?.int, float: call.attribute("value_float")?.float };
  if (int !== undefined) return fixed([], TYPE.int64, [literal(int)]);
  if (float !== undefined) return fixed([], TYPE.float, [literal(float)]);
  const ints = call.attribute("value_ints")?.ints;
  if (ints !== undefined) return fixed([literal(ints.length)], TYPE.int64, ints.map(literal));
  const floats = call.attribute("value_floats")?.floats;
  if (floats !== undefined) return fixed([literal(floats.length)], TYPE.float, floats.map(literal));
  return fixed(undefined, 0);
};

/** Ones on the diagonal: where a row has its one depends on which row it is. */
const eyeLike: Rule = (call) => {
  const value = call.input(0);
  return value.kind === "fixed"
    ? fixed(value.dims, call.int("dtype", value.type))
    : mixed(`${call.name} numbers the rows`);
};

/** A dimension of size 1 at an axis that is an input. */
const expandDims: Rule = (call) => {
  const value = call.rows(0);
  const asked = call.numbers(1)?.[0] ?? call.refuse("adds a dimension at an axis that is not known");
  const { dims, place } = withAxis(value, call.axis(asked, value.dims.length + 1), ONE);
  return call.result([value], dims, place);
};

/** A window of so many elements. */
const windowOf: Rule = (call) => {
  const count = call.elements(0)?.[0];
  if (call.input(0).kind !== "fixed") call.refuse("makes a window as long as there are rows");
  return fixed([typeof count === "object" ? count : call.fresh()], call.int("output_datatype", TYPE.float));
};

const melWeights: Rule = (call) => {
  if (call.inputs.some((value) => value !== undefined && value.kind !== "fixed"))
    call.refuse("makes weights by the rows");
  return fixed([call.fresh(), call.fresh()], call.int("output_datatype", TYPE.float));
};

export const SHAPES: Rules = {
  "com.microsoft:ExpandDims": expandDims,
  HannWindow: windowOf,
  HammingWindow: windowOf,
  BlackmanWindow: windowOf,
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
