/** The array that holds a tensor's elements, by element type. */
export interface TensorDataByType {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  /** The IEEE 754 binary16 bits: Node 22 does not have `Float16Array`, and the runtime does not read it on Node 24. */
  readonly float16: Uint16Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly uint16: Uint16Array;
  readonly uint32: Uint32Array;
  readonly uint64: BigUint64Array;
  /** One byte per element, 0 or 1. */
  readonly bool: Uint8Array;
  readonly string: readonly string[];
}

export type TensorType = keyof TensorDataByType;
export type NumericTensorType = Exclude<TensorType, "string">;
export type TensorData<T extends TensorType = TensorType> = TensorDataByType[T];
export type NumericTensorData = TensorData<NumericTensorType>;

interface NumericArrayConstructor {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): NumericTensorData;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): NumericTensorData;
}

export const ARRAY_OF: { readonly [T in NumericTensorType]: NumericArrayConstructor } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** Whether the runtime's addon passes on tensors of this type. */
export function isTensorType(name: string | undefined): name is TensorType {
  return name !== undefined && (name === "string" || Object.hasOwn(ARRAY_OF, name));
}

export function isFloat(type: TensorType): type is "float32" | "float64" | "float16" {
  return type === "float32" || type === "float64" || type === "float16";
}

export function isInteger64(type: TensorType): type is "int64" | "uint64" {
  return type === "int64" || type === "uint64";
}

/** Nested arrays as deep as the tensor has dimensions; a tensor without dimensions is a bare value. */
export type Nested<Value> = Value | readonly Nested<Value>[];
