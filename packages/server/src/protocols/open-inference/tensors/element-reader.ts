import type { NamedTensor } from "@tricast/core/adapter";

export type Scalar = number | bigint | boolean | string;
type Reader = (data: ArrayLike<Scalar>, index: number) => Scalar;

const asIs: Reader = (data, index) => data[index]!;

/** A number if it is exact, else a bigint. */
const integer64: Reader = (data, index) => {
  const number = Number(data[index]);
  return Number.isSafeInteger(number) ? number : data[index]!;
};

const READERS: Readonly<Record<string, Reader>> = {
  BOOL: (data, index) => data[index] !== 0,
  FP16: (data, index) => halfValue(data[index] as number),
  INT64: integer64,
  UINT64: integer64,
};

/** Reads the elements of a tensor as the values that JSON would have. */
export function elementReader({ datatype, data }: NamedTensor): (index: number) => Scalar {
  const read = READERS[datatype] ?? asIs;
  const elements = data as unknown as ArrayLike<Scalar>;
  return (index) => read(elements, index);
}

/** The number that `bits` encode in IEEE 754 binary16. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
