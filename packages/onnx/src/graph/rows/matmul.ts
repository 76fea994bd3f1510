import { TYPE } from "../model.ts";
import { broadcast } from "./broadcast.ts";
import { einsum } from "./einsum.ts";
import { type OperatorCall, type ResultOptions, type Rule, type Rules, rulesFor } from "./operator-call.ts";
import { isOne, numberOf, ONE, type Size } from "./size.ts";
import {
  dimsOf,
  fixed,
  type Input,
  isShaped,
  type Layout,
  LEADING,
  type Shaped,
  typeOf,
  type Value,
  withoutAxes,
} from "./value.ts";

/** Sums of whole numbers are the same in any order, so only products of floats are rounded. */
const FLOAT_PRODUCT: ResultOptions = { rounds: true };

/**
 * `a` times `b` as NumPy multiplies: the last two dimensions are matrices, the dimensions before them broadcast. Rows may
 * be rows of `a`, columns of `b`, or whole matrices. They may not be the dimension that is added up.
 */
function matrixProduct(call: OperatorCall, a: Input, b: Input, options: ResultOptions): Input {
  const [left, right] = [asMatrix(call, a, "row"), asMatrix(call, b, "column")];
  const columns = right.dims.length - 1;
  if (left.place === left.dims.length - 1 || right.place === columns - 1) call.refuse("adds up over the rows");
  const isRowOfLeft = left.place === left.dims.length - 2;
  const isColumnOfRight = right.place === columns;
  if ((isRowOfLeft && b.kind === "rows") || (isColumnOfRight && a.kind === "rows"))
    call.refuse("multiplies rows with other rows");
  const outer = outerDims(call, left, right);
  const dims = [...outer.dims, left.dims.at(-2)!, right.dims.at(-1)!];
  // The dimensions that were added to lists.
  const added = [...(isList(a) ? [dims.length - 2] : []), ...(isList(b) ? [dims.length - 1] : [])];
  const rows = [a, b].filter((value) => value.kind === "rows");
  const [first] = rows;
  if (first === undefined) return fixed(withoutAxes({ dims, place: LEADING }, added).dims, 0);
  const axis = isRowOfLeft ? dims.length - 2 : isColumnOfRight ? dims.length - 1 : outer.place!.axis;
  const result = withoutAxes({ dims, place: { ...first.place, axis } }, added);
  return call.result(rows, result.dims, result.place, options);
}

interface Operand {
  readonly value: Input;
  readonly dims: readonly Size[];
  /** The axis of the rows, counted with the dimensions that were added. */
  readonly place: number | undefined;
}

/** A list is one row on the left and one column on the right. */
function asMatrix(call: OperatorCall, value: Input, as: "row" | "column"): Operand {
  if (value.kind === "counted") return call.refuse("computes with the number of rows");
  const { dims } = shapedOf(call, value);
  if (dims.length === 0) return call.refuse("multiplies by a single number");
  const place = value.kind === "rows" ? value.place.axis : undefined;
  if (dims.length > 1) return { value, dims, place };
  if (as === "column") return { value, dims: [dims[0]!, ONE], place };
  return { value, dims: [ONE, dims[0]!], place: place === undefined ? undefined : 1 };
}

function shapedOf(call: OperatorCall, value: Input): Shaped {
  return isShaped(value) ? value : call.refuse("multiplies by a tensor of unknown shape");
}

/** The dimensions before the matrices. */
function outerDims(call: OperatorCall, left: Operand, right: Operand): Partial<Layout> & Pick<Layout, "dims"> {
  const operands = [left, right].map(({ value, dims, place }): Shaped => {
    const outer = dims.slice(0, -2);
    const isOuter = value.kind === "rows" && place !== undefined && place < dims.length - 2;
    return isOuter ? { ...value, dims: outer } : { kind: "fixed", dims: outer, type: value.type };
  });
  if (operands.some(({ kind }) => kind === "rows")) return broadcast(call, operands);
  const rank = Math.max(...operands.map(({ dims }) => dims.length));
  const dims = Array.from({ length: rank }, (_, axis) => {
    const [one, other] = operands.map(({ dims }) => dims[axis - rank + dims.length] ?? ONE) as [Size, Size];
    return isOne(one) ? other : isOne(other) || (numberOf(one) ?? 0) > 1 ? one : call.fresh();
  });
  return { dims };
}

function isList(value: Value): boolean {
  return dimsOf(value)?.length === 1;
}

const matMul: Rule = (call) => matrixProduct(call, call.input(0), call.input(1), FLOAT_PRODUCT);

/**
 * A product of quantised matrices. A scale or zero point may have one number for each row of a matrix, which would have
 * to be combined with rows: inputs of `single` must have one element.
 */
function quantisedProduct(
  b: number,
  single: readonly number[],
  optionsOf: (call: OperatorCall) => ResultOptions,
): Rule {
  return (call) => {
    checkQuantised(call, [0, b], single);
    return matrixProduct(call, call.input(0), call.input(b), optionsOf(call));
  };
}

function checkQuantised(call: OperatorCall, rows: readonly number[], single: readonly number[]): void {
  call.onlyRowsIn(...rows);
  for (const index of single) {
    const value = call.inputs[index];
    const isSingle = value === undefined || (value.kind === "fixed" && value.dims?.every(isOne));
    if (!isSingle) call.refuse(`has in input ${index} a number for each row of a matrix`);
  }
}

const matMulInteger = quantisedProduct(1, [2], () => ({ type: TYPE.int32 }));

const fusedMatMul: Rule = (call) => {
  if (call.int("transBatchA", 0) === 1 || call.int("transBatchB", 0) === 1) call.refuse("permutes the batch");
  const [a, b] = [turnedIf(call, "transA", call.input(0)), turnedIf(call, "transB", call.input(1))];
  return matrixProduct(call, a, b, FLOAT_PRODUCT);
};

/** With its last two dimensions exchanged, where the attribute says so. */
function turnedIf(call: OperatorCall, attribute: string, value: Input): Input {
  if (call.int(attribute, 0) !== 1) return value;
  const { dims } = shapedOf(call, value);
  const last = dims.length - 1;
  if (last < 1) return value;
  const swapped = dims.with(last, dims[last - 1]!).with(last - 1, dims[last]!);
  if (value.kind !== "rows") return { ...value, dims: swapped, content: undefined };
  const { axis } = value.place;
  const moved = axis === last ? last - 1 : axis === last - 1 ? last : axis;
  return { ...value, dims: swapped, place: { ...value.place, axis: moved } };
}

/** Weights in blocks of few bits. */
const matMulNBits: Rule = (call) => {
  const value = call.onlyRows();
  // Level 4 quantises each row.
  if (call.int("accuracy_level", 0) === 4) call.decide(value);
  const last = call.innerAxis(value, -1);
  return call.resized(value, last, call.size(call.attribute("N")?.int), { rounds: true });
};

const gemm: Rule = (call) => gemmOf(call, [0, 1, 2], FLOAT_PRODUCT);

function gemmOf(call: OperatorCall, inputs: readonly [number, number, number], options: ResultOptions): Value {
  const [a, b, c] = inputs;
  const [left, right] = [turnedIf(call, "transA", call.input(a)), turnedIf(call, "transB", call.input(b))];
  if (dimsOf(left)?.length !== 2 || dimsOf(right)?.length !== 2) call.refuse("has an input that is not a matrix");
  const result = matrixProduct(call, left, right, options);
  const bias = call.inputs[c];
  if (bias === undefined || (result.kind === "fixed" && bias.kind === "fixed")) return result;
  const { dims, place, rows } = broadcast(call, [result, bias]);
  return call.result(rows, dims, place, { rounds: options.rounds === true });
}

/** a, its scale and zero point, b, its scale and zero point, bias, and scale and zero point of the output. */
const qGemm: Rule = (call) => {
  checkQuantised(call, [0, 3], [1, 2, 7, 8]);
  const zeroPoint = call.inputs[8];
  const options = zeroPoint === undefined ? { type: TYPE.float, rounds: true } : { type: typeOf(zeroPoint) };
  return gemmOf(call, [0, 3, 6], options);
};

/** Distances of each row to fixed points. */
const distances: Rule = (call) => {
  const value = call.onlyLeading(2);
  const count = dimsOf(call.input(1))?.[0] ?? call.fresh();
  return call.resultOf(value, [value.dims[0]!, count], { rounds: true });
};

export const MATMUL: Rules = {
  MatMul: matMul,
  MatMulInteger: matMulInteger,
  QLinearMatMul: quantisedProduct(3, [1, 2, 6, 7], (call) => ({ type: typeOf(call.input(7)) })),
  Gemm: gemm,
  Einsum: einsum,
  "com.microsoft:MatMulIntegerToFloat": quantisedProduct(1, [2, 4], () => ({ rounds: true, type: TYPE.float })),
  ...rulesFor("FusedMatMul TransposeMatMul", fusedMatMul, "com.microsoft:"),
  ...rulesFor("MatMulBnb4 MatMulNBits", matMulNBits, "com.microsoft:"),
  "com.microsoft:MatMulInteger16": matMulInteger,
  "com.microsoft:FusedGemm": gemm,
  "com.microsoft:QGemm": qGemm,
  "com.microsoft:CDist": distances,
};
