import { explainElement, type NonFinite, ROW_WRITER, type RowWriter } from "./elements.ts";
import { isList, Mismatch, show } from "./mismatch.ts";
import { checkDims, dimsFor, flatDims, type Shape, showShape } from "./shape.ts";
import { elementCount, isTensor, Tensor } from "./tensor.ts";
import { ARRAY_OF, isFloat, type NumericTensorData, type TensorData, type TensorType } from "./types.ts";

type Leaf = number | bigint | string | boolean;
type NestedInput = readonly (Leaf | NestedInput | NumericTensorData)[];

/**
 * The value of one input of a graph:
 * - a {@link Tensor} of the graph's own type;
 * - lists nested as deep as the shape, or one flat list (or typed array) where the graph's shape allows one way to read
 *   it, or a bare value for a tensor of one element;
 * - float16 as numbers, as `Float16Array`, or as `Uint16Array` bits; int64 and uint64 as safe integers, bigints or
 *   decimal strings; bool as `true`, `false`, 1 or 0; NaN and infinities as numbers or the strings `"NaN"`, `"Infinity"`.
 */
export type TensorInput = Tensor | NumericTensorData | NestedInput | Leaf;

type Converted = Tensor | Mismatch;

/** `value` as a tensor of `type` and `shape`, or why it does not fit. */
export function toTensor(type: TensorType, shape: Shape, value: unknown, nonFinite: NonFinite): Converted {
  if (isTensor(value)) return ownTensor(type, shape, value, nonFinite);
  if (ArrayBuffer.isView(value)) {
    const data = sameElements(type, value);
    if (data !== undefined) return flatTensor(type, shape, data, nonFinite);
  }
  if (!isList(value) && !isLeaf(value)) {
    return new Mismatch(`expected ${type} values of shape ${showShape(shape)}, got ${show(value)}`);
  }
  const dims = dimsFor(shape, value);
  if (dims instanceof Mismatch) return dims;
  if (isList(value)) return fillTensor(type, dims, value, nonFinite);
  const single = fillTensor(type, dims, [value], nonFinite);
  return single instanceof Mismatch ? new Mismatch(single.message) : single;
}

function isLeaf(value: unknown): boolean {
  return typeof value !== "object" && value !== undefined && typeof value !== "function";
}

function ownTensor(type: TensorType, shape: Shape, tensor: Tensor, nonFinite: NonFinite): Tensor | Mismatch {
  if (tensor.type !== type) return new Mismatch(`expected a ${type} tensor, got a ${tensor.type} tensor`);
  return checkDims(shape, tensor.dims) ?? checkFinite(type, tensor.data, nonFinite) ?? tensor;
}

/** A typed array with the elements that the runtime reads. It is used without a copy. */
export function sameElements(type: TensorType, view: ArrayBufferView): NumericTensorData | undefined {
  if (type === "string" || type === "bool") return undefined;
  const kind = (view as NumericTensorData)[Symbol.toStringTag] as string;
  if (kind === ARRAY_OF[type].name) return view as NumericTensorData;
  if (type === "float16" && kind === "Float16Array") {
    return new Uint16Array(view.buffer, view.byteOffset, view.byteLength / 2);
  }
  return undefined;
}

function flatTensor(type: TensorType, shape: Shape, data: NumericTensorData, nonFinite: NonFinite): Tensor | Mismatch {
  const dims = flatDims(shape, data.length);
  if (dims instanceof Mismatch) return dims;
  return checkFinite(type, data, nonFinite) ?? new Tensor(type, data, dims);
}

const HALF_EXPONENT = 0x7c00;

/** The first element that is not finite, if such elements are refused. */
export function checkFinite(type: TensorType, data: TensorData, nonFinite: NonFinite): Mismatch | undefined {
  if (nonFinite !== "refuse" || !isFloat(type)) return undefined;
  const numbers = data as Float32Array | Uint16Array;
  const finite =
    type === "float16" ? (bits: number) => (bits & HALF_EXPONENT) !== HALF_EXPONENT : (n: number) => Number.isFinite(n);
  const index = numbers.findIndex((value: number) => !finite(value));
  return index < 0 ? undefined : new Mismatch(`a value is not finite: expected a finite ${type}`, [index]);
}

type Dims = readonly number[];

interface Fill {
  readonly type: TensorType;
  readonly dims: Dims;
  /** The axis whose lists contain elements instead of lists. */
  readonly depth: number;
  readonly out: never;
  readonly write: RowWriter;
  readonly nonFinite: NonFinite;
  offset: number;
}

function fillTensor(type: TensorType, dims: Dims, list: ArrayLike<unknown>, nonFinite: NonFinite): Converted {
  const count = elementCount(dims);
  const out = (type === "string" ? new Array<string>(count) : new ARRAY_OF[type](count)) as TensorData;
  // A flat list fills any shape at once. Only nested lists need recursion.
  const nested = dims.length > 1 && isList(list[0]);
  const depth = nested ? dims.length - 1 : 0;
  const fill: Fill = { type, dims, depth, out: out as never, write: ROW_WRITER[type], nonFinite, offset: 0 };
  return fillLevel(fill, list, 0) ?? new Tensor(type, out, dims);
}

function fillLevel(fill: Fill, list: ArrayLike<unknown>, axis: number): Mismatch | undefined {
  if (axis === fill.depth) return fillRow(fill, list);
  const expected = fill.dims[axis + 1]!;
  for (let i = 0; i < list.length; i++) {
    const inner = list[i];
    if (!isList(inner) || inner.length !== expected) return raggedRow(fill.dims, inner, expected).under(i);
    const wrong = fillLevel(fill, inner, axis + 1);
    if (wrong !== undefined) return wrong.under(i);
  }
  return undefined;
}

function fillRow(fill: Fill, row: ArrayLike<unknown>): Mismatch | undefined {
  const bad = fill.write(row, fill.out, fill.offset, fill.nonFinite);
  if (bad >= 0) return new Mismatch(explainElement(fill.type, row[bad], fill.nonFinite), [bad]);
  fill.offset += row.length;
  return undefined;
}

function raggedRow(dims: Dims, inner: unknown, expected: number): Mismatch {
  return new Mismatch(`expected a list of ${expected}, as in shape ${showShape(dims)}, got ${show(inner)}`);
}
