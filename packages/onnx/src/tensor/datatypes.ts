import type { TensorType } from "./types.ts";

/**
 * `TensorProto.DataType` (onnx/onnx.proto): number, name, and datatype of the Open Inference Protocol
 * (kserve/open-inference-protocol, tensor data types). Types that the protocol does not know have their ONNX names in
 * capitals.
 */
export const DATATYPES: readonly (readonly [number: number, name: string, datatype: string])[] = [
  [1, "float32", "FP32"],
  [2, "uint8", "UINT8"],
  [3, "int8", "INT8"],
  [4, "uint16", "UINT16"],
  [5, "int16", "INT16"],
  [6, "int32", "INT32"],
  [7, "int64", "INT64"],
  [8, "string", "BYTES"],
  [9, "bool", "BOOL"],
  [10, "float16", "FP16"],
  [11, "float64", "FP64"],
  [12, "uint32", "UINT32"],
  [13, "uint64", "UINT64"],
  [14, "complex64", "COMPLEX64"],
  [15, "complex128", "COMPLEX128"],
  [16, "bfloat16", "BF16"],
  [17, "float8e4m3fn", "FLOAT8E4M3FN"],
  [18, "float8e4m3fnuz", "FLOAT8E4M3FNUZ"],
  [19, "float8e5m2", "FLOAT8E5M2"],
  [20, "float8e5m2fnuz", "FLOAT8E5M2FNUZ"],
  [21, "uint4", "UINT4"],
  [22, "int4", "INT4"],
  [23, "float4e2m1", "FLOAT4E2M1"],
  [24, "float8e8m0", "FLOAT8E8M0"],
  [25, "uint2", "UINT2"],
  [26, "int2", "INT2"],
];

/** The datatype of the Open Inference Protocol by element type. */
export const OIP_DATATYPE = Object.fromEntries(DATATYPES.map(([, name, datatype]) => [name, datatype])) as {
  readonly [T in TensorType]: string;
};
