import { TYPE } from "../model.ts";
import { type OperatorCall, type Rule, type Rules, rulesFor } from "./operator-call.ts";
import { numberOf, type Size } from "./size.ts";
import {
  contentOf,
  isShaped,
  numbers,
  type Plain,
  type Rows,
  samePlace,
  typeOf,
  unknown,
  type Value,
  withAxis,
} from "./value.ts";

const gather: Rule = (call) => {
  const [data, indices] = [call.input(0), call.input(1)];
  if (indices.kind === "rows") {
    if (data.kind === "rows") return call.refuse("looks rows up by rows");
    if (data.kind === "counted") return call.refuse("looks up by the number of rows");
    return pickedByRows(call, indices, data, call.int("axis", 0));
  }
  if (data.kind !== "rows") return gatherNumbers(call, data, indices);
  if (indices.kind === "counted") call.refuse("looks up by the number of rows");
  const picked = indices.dims ?? call.refuse("looks up by indices of unknown shape");
  const axis = call.innerAxis(data, call.int("axis", 0));
  const moved = data.place.axis < axis ? data.place.axis : data.place.axis + picked.length - 1;
  return call.result([data], replaced(data.dims, axis, picked), { ...data.place, axis: moved });
};

/** Indices with rows pick from a table that is the same in every run. */
function pickedByRows(call: OperatorCall, indices: Rows, table: Plain, asked: number, type = table.type): Rows {
  const dims = table.dims ?? call.refuse("looks up in a table of unknown shape");
  const axis = call.axis(asked, dims.length);
  const place = { ...indices.place, axis: axis + indices.place.axis };
  return call.result([{ ...indices, type }], replaced(dims, axis, indices.dims), place);
}

function replaced(dims: readonly Size[], axis: number, sizes: readonly Size[]): readonly Size[] {
  return [...dims.slice(0, axis), ...sizes, ...dims.slice(axis + 1)];
}

/** Picks from a shape, where the indices are known. */
function gatherNumbers(call: OperatorCall, data: Plain, indices: Plain): Value {
  if (indices.kind === "counted") return call.refuse("looks up by the number of rows");
  const { dims } = indices;
  const content = contentOf(data);
  const picked = call.numbers(1);
  const isList = data.dims?.length === 1 && (dims?.length ?? 2) <= 1;
  if (content !== undefined && picked !== undefined && isList) {
    const elements = picked.map((index) => content.at(index) ?? call.refuse("picks an element that does not exist"));
    return numbers(elements, dims!, data.type);
  }
  if (data.dims === undefined || dims === undefined) return unknown(data);
  const axis = call.axis(call.int("axis", 0), data.dims.length);
  return { kind: data.kind, type: data.type, dims: replaced(data.dims, axis, dims) };
}

/** Data and indices of the same rows, along another axis. */
const gatherElements: Rule = (call) => {
  const [table, indices] = [call.input(0), call.input(1)];
  const along = call.int("axis", 0);
  if (table.kind === "fixed" && indices.kind === "rows" && along === indices.place.axis) {
    // Each element of a row picks along the axis of the rows, where the table does not have rows.
    return call.sameShape({ ...indices, type: table.type });
  }
  const [data, other] = alike(call, 2);
  call.innerAxis(data!, along);
  return call.resultOf(data!, other!.dims);
};

/** Data, indices and updates of the same rows, along another axis. */
const scatterElements: Rule = (call) => {
  const [data, , updates] = alike(call, 3);
  call.innerAxis(data!, call.int("axis", 0));
  const rounds = call.text("reduction", "none") !== "none";
  return call.result([data!, updates!], data!.dims, data!.place, { rounds });
};

/** The first inputs, which must have the same rows in the same place. */
function alike(call: OperatorCall, count: number): readonly Rows[] {
  const all = Array.from({ length: count }, (_, index) => call.rows(index));
  const first = all[0]!;
  const fits = all.every(({ place, dims }) => samePlace(place, first.place) && dims.length === first.dims.length);
  return fits ? all : call.refuse("combines rows with other rows");
}

const gatherND: Rule = (call) => {
  const [data, indices] = [call.input(0), call.input(1)];
  const shared = call.int("batch_dims", 0);
  const depth = numberOf(indices.dims?.at(-1));
  if (!isShaped(data) || !isShaped(indices) || depth === undefined)
    return call.refuse("looks up by indices of unknown shape");
  const places = indices.dims;
  const gathered = [...places.slice(0, -1), ...data.dims.slice(shared + depth)];
  if (data.kind === "fixed" && indices.kind === "rows" && shared === 0) {
    call.keepOff(indices, places.length - 1);
    return call.resultOf({ ...indices, type: data.type }, gathered);
  }
  if (data.kind !== "rows") return call.refuse("looks up across rows");
  const { axis } = data.place;
  if (indices.kind === "rows" && samePlace(data.place, indices.place) && axis < shared)
    return call.resultOf(data, gathered);
  if (indices.kind === "fixed" && shared === 0 && axis >= depth)
    return call.result([data], gathered, { ...data.place, axis: axis - depth + places.length - 1 });
  return call.refuse("looks up across rows");
};

/** A table in blocks of few bits, looked up along one axis. */
const gatherBlocks: Rule = (call) => {
  const [data, indices] = [call.input(0), call.rows(1)];
  call.onlyRowsIn(1);
  if (data.kind !== "fixed" || data.dims === undefined) return call.refuse("looks up in a table of unknown shape");
  const axis = call.axis(call.int("gather_axis", 0), data.dims.length);
  const dims = data.dims.map((dim, index) => (index > axis ? call.fresh() : dim));
  return pickedByRows(call, indices, { ...data, dims }, axis, typeOf(call.input(2)));
};

const oneHot: Rule = (call) => {
  const indices = call.onlyRows();
  call.decide(indices);
  const axis = call.axis(call.int("axis", -1), indices.dims.length + 1);
  const { dims, place } = withAxis(indices, axis, call.size(call.numbers(1)?.[0]));
  return call.result([{ ...indices, type: typeOf(call.input(2)), rounded: false }], dims, place);
};

const topK: Rule = (call) => {
  const value = call.onlyRows();
  const axis = call.innerAxis(value, call.int("axis", -1));
  const count = call.size(call.opset < 10 ? call.attribute("k")?.int : call.numbers(1)?.[0]);
  const values = call.resized(value, axis, count);
  if (call.node.outputs[1]) call.decide(value);
  return [values, call.resized({ ...value, rounded: false }, axis, count, { type: TYPE.int64 })];
};

const compress: Rule = (call) => {
  const value = call.onlyRows();
  const asked = call.attribute("axis")?.int ?? call.refuse("picks from the elements of all rows");
  return call.resized(value, call.innerAxis(value, asked), call.fresh());
};

/** Writes into a cache of each row, at the row's own place. */
const tensorScatter: Rule = (call) => {
  const [cache, update] = [call.leading(0), call.leading(1)];
  call.leadingOf(2);
  call.innerAxis(cache, call.int("axis", -2));
  return call.result([cache, update], cache.dims, cache.place);
};

export const GATHERING: Rules = {
  Gather: gather,
  "com.microsoft:GatherBlockQuantized": gatherBlocks,
  GatherElements: gatherElements,
  GatherND: gatherND,
  "com.microsoft:GatherND": gatherND,
  ...rulesFor("Scatter ScatterElements", scatterElements),
  TensorScatter: tensorScatter,
  OneHot: oneHot,
  TopK: topK,
  Compress: compress,
};
