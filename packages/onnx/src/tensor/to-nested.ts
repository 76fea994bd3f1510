import { float16Value } from "./float16.ts";
import type { Nested, TensorType } from "./types.ts";

type Scalar = number | bigint | boolean | string;
type Reader = (data: ArrayLike<Scalar>, index: number) => Scalar;

const asIs: Reader = (data, index) => data[index]!;
const half: Reader = (data, index) => float16Value(data[index] as number);
const boolean: Reader = (data, index) => data[index] !== 0;

/** A number where it is exact, else a bigint. */
const integer64: Reader = (data, index) => {
  const value = data[index] as bigint;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

const READER: { readonly [T in TensorType]?: Reader } = {
  float16: half,
  bool: boolean,
  int64: integer64,
  uint64: integer64,
};

const spelled =
  (read: Reader): Reader =>
  (data, index) => {
    const value = read(data, index) as number;
    return value - value === 0 ? value : String(value);
  };

const JSON_READER: { readonly [T in TensorType]?: Reader } = {
  ...READER,
  float32: spelled(asIs),
  float64: spelled(asIs),
  float16: spelled(half),
};

/** The members of a tensor that this module reads. */
interface Elements {
  readonly type: TensorType;
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** The tensor as nested arrays; `json` converts values that are not JSON numbers to strings. */
export function toNested(tensor: Elements, json: boolean): Nested<Scalar> {
  const read = (json ? JSON_READER : READER)[tensor.type] ?? asIs;
  const { dims } = tensor;
  const data = tensor.data as ArrayLike<Scalar>;
  if (dims.length === 0) return read(data, 0);
  let next = 0;

  function level(axis: number): Nested<Scalar>[] {
    const length = dims[axis]!;
    const list: Nested<Scalar>[] = new Array(length);
    if (axis === dims.length - 1) for (let i = 0; i < length; i++) list[i] = read(data, next++);
    else for (let i = 0; i < length; i++) list[i] = level(axis + 1);
    return list;
  }
  return level(0);
}
