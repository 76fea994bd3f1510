import { TYPE } from "../model.ts";
import { broadcast } from "./broadcast.ts";
import type { OperatorCall, Rule, Rules } from "./operator-call.ts";
import { isOne, numberOf, ONE, type Size } from "./size.ts";
import { dimsOf, fixed, LEADING, type Place, type Rows, typeOf, type Value, withoutAxes } from "./value.ts";

interface ProductSetting {
  /** Of the output, where it is not that of the first input. */
  readonly type?: number | undefined;
  /** Sums of whole numbers are the same in any order. */
  readonly exact?: boolean;
}

type Matrix = Extract<Value, { kind: "fixed" | "rows" }>;

/**
 * `a` times `b` as NumPy multiplies: the last two dimensions are matrices, those before broadcast. Rows may be rows of `a`,
 * columns of `b`, or whole matrices, and not what is added up.
 */
function matrixProduct(call: OperatorCall, a: Value, b: Value, { type, exact = false }: ProductSetting = {}): Value {
  const [left, right] = [asMatrix(call, a, "row"), asMatrix(call, b, "column")];
  const columns = right.dims.length - 1;
  if (left.place === left.dims.length - 1) call.refuse("adds up over the rows");
  if (right.place === columns - 1) call.refuse("adds up over the rows");
  const isRowOfLeft = left.place === left.dims.length - 2;
  const isColumnOfRight = right.place === columns;
  if ((isRowOfLeft && b.kind === "rows") || (isColumnOfRight && a.kind === "rows"))
    call.refuse("multiplies rows with other rows");
  const outer = outerDims(call, left, right);
  const dims = [...outer.dims, left.dims.at(-2)!, right.dims.at(-1)!];
  const rows = [a, b].filter((value) => value.kind === "rows");
  // The dimensions that lists were given.
  const added = [...(isList(a) ? [dims.length - 2] : []), ...(isList(b) ? [dims.length - 1] : [])];
  if (rows.length === 0) return fixed(withoutAxes({ dims, place: LEADING }, added).dims, 0);
  const axis = isRowOfLeft ? dims.length - 2 : isColumnOfRight ? dims.length - 1 : outer.place!.axis;
  const place = { ...(rows[0] as Rows).place, axis };
  const result = withoutAxes({ dims, place }, added);
  return call.result(rows, result.dims, result.place, { rounds: !exact, type });
}

interface Operand {
  readonly value: Matrix;
  readonly dims: readonly Size[];
  /** The axis of the rows, with the dimensions that were added. */
  readonly place: number | undefined;
}

/** A list is one row on the left and one column on the right. */
function asMatrix(call: OperatorCall, value: Value, as: "row" | "column"): Operand {
  if (value.kind === "counted" || value.kind === "mixed") return call.refuse("computes with the number of rows");
  const dims = value.dims ?? call.refuse("multiplies by a tensor of unknown shape");
  if (dims.length === 0) return call.refuse("multiplies by a single number");
  const place = value.kind === "rows" ? value.place.axis : undefined;
  if (dims.length > 1) return { value, dims, place };
  if (as === "column") return { value, dims: [dims[0]!, ONE], place };
  return { value, dims: [ONE, dims[0]!], place: place === undefined ? undefined : 1 };
}

/** The dimensions before the matrices. */
function outerDims(
  call: OperatorCall,
  left: Operand,
  right: Operand,
): { readonly dims: readonly Size[]; readonly place: Place | undefined } {
  const operands = [left, right].map(({ value, dims, place }): Value => {
    const outer = dims.slice(0, -2);
    const isOuter = value.kind === "rows" && place !== undefined && place < dims.length - 2;
    return isOuter ? { ...value, dims: outer } : fixed(outer, value.type);
  });
  if (operands.some(({ kind }) => kind === "rows")) return broadcast(call, operands);
  const [a, b] = operands.map((value) => (value as { readonly dims: readonly Size[] }).dims) as [
    readonly Size[],
    readonly Size[],
  ];
  const rank = Math.max(a.length, b.length);
  const dims = Array.from({ length: rank }, (_, axis) => {
    const [one, other] = [a[axis - rank + a.length] ?? ONE, b[axis - rank + b.length] ?? ONE];
    return isOne(one) ? other : isOne(other) || (numberOf(one) ?? 0) > 1 ? one : call.fresh();
  });
  return { dims, place: undefined };
}

function isList(value: Value): boolean {
  return dimsOf(value)?.length === 1;
}

const matMul: Rule = (call) => matrixProduct(call, call.input(0), call.input(1));

const matMulInteger: Rule = (call) => {
  call.onlyRowsIn(0, 1);
  single(call, 2);
  return matrixProduct(call, call.input(0), call.input(1), { type: TYPE.int32, exact: true });
};

/** Scales and zero points of the left side may be one for each of its rows, which would have to meet rows. */
function single(call: OperatorCall, ...indices: readonly number[]): void {
  for (const index of indices) {
    const value = call.inputs[index];
    if (value === undefined) continue;
    const isSingle = value.kind === "fixed" && value.dims?.every(isOne);
    if (!isSingle) call.refuse(`has in input ${index} a number for each row of a matrix`);
  }
}

const qLinearMatMul: Rule = (call) => {
  call.onlyRowsIn(0, 3);
  single(call, 1, 2, 6, 7);
  return matrixProduct(call, call.input(0), call.input(3), { type: typeOf(call.input(7)), exact: true });
};

const matMulIntegerToFloat: Rule = (call) => {
  call.onlyRowsIn(0, 1);
  single(call, 2, 4);
  return matrixProduct(call, call.input(0), call.input(1), { type: TYPE.float });
};

const fusedMatMul: Rule = (call) => {
  if (call.int("transBatchA", 0) === 1 || call.int("transBatchB", 0) === 1) call.refuse("permutes the batch");
  const turn = (value: Value, name: string): Value => (call.int(name, 0) === 1 ? turned(call, value) : value);
  return matrixProduct(call, turn(call.input(0), "transA"), turn(call.input(1), "transB"));
};

/** With its last two dimensions exchanged. */
function turned(call: OperatorCall, value: Value): Value {
  if (value.kind === "mixed" || value.dims === undefined) return call.refuse("multiplies by a tensor of unknown shape");
  const { dims } = value;
  if (dims.length < 2) return value;
  const last = dims.length - 1;
  const swapped = dims.with(last, dims[last - 1]!).with(last - 1, dims[last]!);
  if (value.kind !== "rows") return { ...value, dims: swapped, content: undefined };
  const { axis } = value.place;
  return {
    ...value,
    dims: swapped,
    place: { ...value.place, axis: axis === last ? last - 1 : axis === last - 1 ? last : axis },
  };
}

/** Weights in blocks of few bits. */
const matMulNBits: Rule = (call) => {
  const value = call.onlyRows();
  // Level 4 quantises each row.
  if (call.int("accuracy_level", 0) === 4) call.decide(value);
  const last = value.dims.length - 1;
  call.keepOff(value, last);
  return call.resized(value, last, call.size(call.attribute("N")?.int), { rounds: true });
};

const gemm: Rule = (call) => gemmOf(call, call.input(0), call.input(1), call.inputs[2], {});

function gemmOf(call: OperatorCall, a: Value, b: Value, bias: Value | undefined, setting: ProductSetting): Value {
  const left = call.int("transA", 0) === 1 ? turned(call, a) : a;
  const right = call.int("transB", 0) === 1 ? turned(call, b) : b;
  if (dimsOf(left)?.length !== 2 || dimsOf(right)?.length !== 2) call.refuse("multiplies no matrices");
  const result = matrixProduct(call, left, right, setting);
  if (bias === undefined || (result.kind === "fixed" && bias.kind === "fixed")) return result;
  const { dims, place, rows } = broadcast(call, [result, bias]);
  return call.result(rows, dims, place, { rounds: setting.exact !== true });
}

/** a, its scale and zero point, b, its scale and zero point, bias, and scale and zero point of the output. */
const qGemm: Rule = (call) => {
  call.onlyRowsIn(0, 3);
  single(call, 1, 2, 7, 8);
  const zeroPoint = call.inputs[8];
  const type = zeroPoint === undefined ? TYPE.float : typeOf(zeroPoint);
  return gemmOf(call, call.input(0), call.input(3), call.inputs[6], { type, exact: zeroPoint !== undefined });
};

const einsum: Rule = (call) => {
  const values = call.inputs.map((_, index) => call.input(index));
  const [left = "", right] = call.text("equation", "").replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (terms.length !== values.length) call.refuse("has another number of terms than inputs");
  const labels = terms.map((term, index) => labelsOf(call, term, values[index]!));
  const output = outputLabels(labels, right, terms);
  const rowLabels = new Set(
    values.flatMap((value, index) => (value.kind === "rows" ? [labels[index]![value.place.axis]!] : [])),
  );
  const [label] = rowLabels;
  if (label === undefined || rowLabels.size !== 1) return call.refuse("brings rows together with other rows");
  for (const [index, value] of values.entries()) {
    const stands = labels[index]!.flatMap((one, axis) => (one === label ? [axis] : []));
    const fits = value.kind === "rows" ? stands.length === 1 : stands.every((axis) => isOne(dimsOf(value)?.[axis]));
    if (!fits) call.refuse("brings rows together with other rows");
  }
  const axis = output.indexOf(label);
  if (axis < 0) call.refuse("adds up over the rows");
  const rows = values.filter((value) => value.kind === "rows");
  const { place } = rows[0]!;
  if (rows.some((one) => JSON.stringify({ ...one.place, axis }) !== JSON.stringify({ ...place, axis })))
    call.refuse("brings rows together with other rows");
  const dims = output.map((one) => sizeOfLabel(call, one, labels, values));
  return call.result(rows, dims, { ...place, axis }, { rounds: true });
};

/** One for each dimension. Those that an ellipsis hides are counted from the last. */
function labelsOf(call: OperatorCall, term: string, value: Value): readonly string[] {
  const dims = value.kind === "mixed" || value.kind === "counted" ? undefined : value.dims;
  if (dims === undefined) return call.refuse("multiplies by a tensor of unknown shape");
  const [before = "", after] = term.split("...");
  const hidden = after === undefined ? 0 : dims.length - before.length - after.length;
  const labels = [
    ...before,
    ...Array.from({ length: Math.max(0, hidden) }, (_, index) => `.${hidden - index}`),
    ...(after ?? ""),
  ];
  return labels.length === dims.length ? labels : call.refuse("has another number of labels than dimensions");
}

function outputLabels(
  labels: readonly (readonly string[])[],
  right: string | undefined,
  terms: readonly string[],
): readonly string[] {
  const hidden = [...new Set(labels.flat().filter((label) => label.startsWith(".")))].sort(
    (a, b) => Number(b.slice(1)) - Number(a.slice(1)),
  );
  if (right !== undefined) {
    const [before = "", after] = right.split("...");
    return [...before, ...(after === undefined ? [] : hidden), ...(after ?? "")];
  }
  const all = [...terms.join("").replaceAll(".", "").replaceAll(",", "")];
  return [...hidden, ...all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort()];
}

function sizeOfLabel(
  call: OperatorCall,
  label: string,
  labels: readonly (readonly string[])[],
  values: readonly Value[],
): Size {
  const sizes = values.flatMap((value, index) => {
    const axis = labels[index]!.indexOf(label);
    return axis < 0 ? [] : (dimsOf(value)?.[axis] ?? []);
  });
  return (
    sizes.find(({ rows }) => rows) ??
    sizes.find((size) => (numberOf(size) ?? 0) > 1) ??
    (sizes.length === 1 ? sizes[0]! : call.fresh())
  );
}

/** Distances of each row to fixed points. */
const distances: Rule = (call) => {
  const value = call.onlyLeading(2);
  const count = dimsOf(call.input(1))?.[0];
  return call.result([value], [value.dims[0]!, count ?? call.fresh()], value.place, { rounds: true });
};

export const MATMUL: Rules = {
  MatMul: matMul,
  MatMulInteger: matMulInteger,
  QLinearMatMul: qLinearMatMul,
  Gemm: gemm,
  Einsum: einsum,
  "com.microsoft:MatMulIntegerToFloat": matMulIntegerToFloat,
  "com.microsoft:FusedMatMul": fusedMatMul,
  "com.microsoft:TransposeMatMul": fusedMatMul,
  "com.microsoft:MatMulBnb4": matMulNBits,
  "com.microsoft:MatMulInteger16": matMulInteger,
  "com.microsoft:FusedGemm": gemm,
  "com.microsoft:MatMulNBits": matMulNBits,
  "com.microsoft:QGemm": qGemm,
  "com.microsoft:CDist": distances,
};
