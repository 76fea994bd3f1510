import { TYPE } from "../model.ts";
import { contentOf, type OperatorCall, type Rule, type Rules } from "./operator-call.ts";
import { numberOf, type Size } from "./size.ts";
import { dimsOf, numbers, type Rows, samePlace, typeOf, unknown, type Value, withAxis } from "./value.ts";

const gather: Rule = (call) => {
  const [data, indices] = [call.input(0), call.input(1)];
  if (data.kind === "rows" && indices.kind === "rows") call.refuse("looks rows up by rows");
  if (data.kind === "counted" || indices.kind === "counted") return gatherNumbers(call, data, indices);
  if (data.kind === "mixed" || indices.kind === "mixed") return unknown(data);
  if (data.kind === "fixed" && indices.kind === "fixed") return gatherNumbers(call, data, indices);
  const [dims, picked] = [data.dims ?? call.refuse("looks up in a table of unknown shape"), indices.dims];
  if (picked === undefined) return call.refuse("looks up by indices of unknown shape");
  const axis = call.axis(call.int("axis", 0), dims.length);
  const gathered = [...dims.slice(0, axis), ...picked, ...dims.slice(axis + 1)];
  if (indices.kind === "rows") {
    const type = data.type;
    return call.result(
      [{ ...indices, type }],
      gathered,
      { ...indices.place, axis: axis + indices.place.axis },
      { type },
    );
  }
  const rows = data as Rows;
  call.keepOff(rows, axis);
  const moved = rows.place.axis < axis ? rows.place.axis : rows.place.axis + picked.length - 1;
  return call.result([rows], gathered, { ...rows.place, axis: moved });
};

/** Picks from a shape, where the indices are known. */
function gatherNumbers(call: OperatorCall, data: Value, indices: Value): Value {
  const dims = dimsOf(indices);
  if (indices.kind === "counted" || data.kind === "rows" || data.kind === "mixed")
    return call.refuse("looks up by the number of rows");
  const content = contentOf(data);
  const picked = call.numbers(1);
  const isList = data.dims?.length === 1 && (dims?.length ?? 2) <= 1;
  if (content === undefined || picked === undefined || !isList) return gatheredShape(call, data, dims);
  const elements = picked.map((index) => content.at(index) ?? call.refuse("picks an element that is not there"));
  return numbers(elements, dims!, data.type);
}

function gatheredShape(call: OperatorCall, data: Exclude<Value, Rows>, picked: readonly Size[] | undefined): Value {
  if (data.kind === "mixed" || data.dims === undefined || picked === undefined) return unknown(data);
  const axis = call.axis(call.int("axis", 0), data.dims.length);
  return {
    kind: data.kind,
    type: data.type,
    dims: [...data.dims.slice(0, axis), ...picked, ...data.dims.slice(axis + 1)],
  };
}

/** Data and indices of the same rows, along another axis. */
const gatherElements: Rule = (call) => {
  const [table, indices] = [call.input(0), call.input(1)];
  const along = call.int("axis", 0);
  if (table.kind === "fixed" && indices.kind === "rows" && along === indices.place.axis) {
    // Each element of a row picks along the axis of the rows, where the table has none.
    return call.result([{ ...indices, type: table.type }], indices.dims, indices.place, { type: table.type });
  }
  const { data, others } = alike(call, 2);
  call.innerAxis(data, call.int("axis", 0));
  return call.result([data], others[0]!.dims, data.place);
};

/** Data, indices and updates of the same rows, along another axis. */
const scatterElements: Rule = (call) => {
  const { data } = alike(call, 3);
  call.innerAxis(data, call.int("axis", 0));
  return call.result([data, call.rows(2)], data.dims, data.place, {
    rounds: call.text("reduction", "none") !== "none",
  });
};

/** The first inputs, which must have the same rows in the same place. */
function alike(call: OperatorCall, count: number): { readonly data: Rows; readonly others: readonly Rows[] } {
  const [data, ...others] = Array.from({ length: count }, (_, index) => call.rows(index));
  for (const other of others) {
    const fits = samePlace(other.place, data!.place) && other.dims.length === data!.dims.length;
    if (!fits) call.refuse("brings rows together with other rows");
  }
  return { data: data!, others };
}

const gatherND: Rule = (call) => {
  const [data, indices] = [call.input(0), call.input(1)];
  const shared = call.int("batch_dims", 0);
  if (data.kind === "mixed" || indices.kind === "mixed") return unknown(data);
  const [dims, places] = [data.dims, indices.dims];
  const depth = numberOf(places?.at(-1));
  if (dims === undefined || places === undefined || depth === undefined)
    return call.refuse("looks up by indices of unknown shape");
  const gathered = [...places.slice(0, -1), ...dims.slice(shared + depth)];
  if (data.kind === "fixed" && indices.kind === "rows" && shared === 0) {
    call.keepOff(indices, places.length - 1);
    return call.result([{ ...indices, type: data.type }], gathered, indices.place, { type: data.type });
  }
  if (
    data.kind === "rows" &&
    indices.kind === "rows" &&
    samePlace(data.place, indices.place) &&
    data.place.axis < shared
  )
    return call.result([data], gathered, data.place);
  if (data.kind === "rows" && indices.kind === "fixed" && shared === 0 && data.place.axis >= depth)
    return call.result([data], gathered, { ...data.place, axis: data.place.axis - depth + places.length - 1 });
  return call.refuse("looks up across rows");
};

/** A table in blocks of few bits, looked up along one axis. */
const gatherBlocks: Rule = (call) => {
  const [data, indices] = [call.input(0), call.rows(1)];
  call.onlyRowsIn(1);
  if (data.kind !== "fixed" || data.dims === undefined) return call.refuse("looks up in a table of unknown shape");
  const axis = call.axis(call.int("gather_axis", 0), data.dims.length);
  const type = typeOf(call.input(2));
  const inner = data.dims.slice(axis + 1).map(() => call.fresh());
  const dims = [...data.dims.slice(0, axis), ...indices.dims, ...inner];
  return call.result([{ ...indices, type }], dims, { ...indices.place, axis: axis + indices.place.axis }, { type });
};

const oneHot: Rule = (call) => {
  const indices = call.onlyRows();
  call.decide(indices);
  const axis = call.axis(call.int("axis", -1), indices.dims.length + 1);
  const { dims, place } = withAxis(indices, axis, call.size(call.numbers(1)?.[0]));
  const type = typeOf(call.input(2));
  return call.result([{ ...indices, type, rounded: false }], dims, place, { type });
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
  const asked = call.attribute("axis")?.int ?? call.refuse("takes elements of all rows");
  return call.resized(value, call.innerAxis(value, asked), call.fresh());
};

/** Writes into a cache of each row, at the row's own place. */
const tensorScatter: Rule = (call) => {
  const [cache, update] = [call.leading(0), call.leading(1)];
  if (call.inputs[2] !== undefined) call.leading(2);
  call.innerAxis(cache, call.int("axis", -2));
  return call.result([cache, update], cache.dims, cache.place);
};

export const GATHERING: Rules = {
  Gather: gather,
  "com.microsoft:GatherND": gatherND,
  "com.microsoft:GatherBlockQuantized": gatherBlocks,
  GatherElements: gatherElements,
  GatherND: gatherND,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  TensorScatter: tensorScatter,
  OneHot: oneHot,
  TopK: topK,
  Compress: compress,
};
