/** The array of each numeric datatype in a `NamedTensor`. */
const ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
};

/** Datatypes of the Open Inference Protocol (kserve/open-inference-protocol, inference_rest.md, tensor data types). */
export type Datatype = "BYTES" | NumericDatatype;
export type NumericDatatype = keyof typeof ARRAYS;
export type IntegerDatatype = Exclude<NumericDatatype, "BOOL" | `FP${string}`>;
export type NumericArray = InstanceType<(typeof ARRAYS)[NumericDatatype]>;

interface NumericArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): NumericArray;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): NumericArray;
}

export const ARRAY_OF: { readonly [D in NumericDatatype]: NumericArrayConstructor } = ARRAYS;

export const DATATYPES: readonly Datatype[] = [...(Object.keys(ARRAY_OF) as NumericDatatype[]), "BYTES"];

/** Checks own members only, because a client may send `constructor`. */
export function isDatatype(name: unknown): name is Datatype {
  return name === "BYTES" || (typeof name === "string" && Object.hasOwn(ARRAY_OF, name));
}

export const RANGE: { readonly [D in IntegerDatatype]: readonly [min: number | bigint, max: number | bigint] } = {
  INT8: [-128, 127],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
  UINT8: [0, 255],
  UINT16: [0, 65_535],
  UINT32: [0, 4_294_967_295],
  UINT64: [0n, 2n ** 64n - 1n],
};
