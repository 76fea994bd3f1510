/**
 * `TensorProto.DataType` of onnx/onnx.proto as datatypes of the Open Inference Protocol. Types that the protocol does not
 * know have their ONNX names in capitals.
 */
const DATATYPE: Readonly<Record<number, string>> = {
  1: "FP32",
  2: "UINT8",
  3: "INT8",
  4: "UINT16",
  5: "INT16",
  6: "INT32",
  7: "INT64",
  8: "BYTES",
  9: "BOOL",
  10: "FP16",
  11: "FP64",
  12: "UINT32",
  13: "UINT64",
  14: "COMPLEX64",
  15: "COMPLEX128",
  16: "BF16",
  17: "FLOAT8E4M3FN",
  18: "FLOAT8E4M3FNUZ",
  19: "FLOAT8E5M2",
  20: "FLOAT8E5M2FNUZ",
  21: "UINT4",
  22: "INT4",
  23: "FLOAT4E2M1",
  24: "FLOAT8E8M0",
  25: "UINT2",
  26: "INT2",
};

export const UNKNOWN_DATATYPE = "UNKNOWN";

/** @param type 0 where the file does not say. */
export function toDatatype(type: number): string {
  return type === 0 ? UNKNOWN_DATATYPE : (DATATYPE[type] ?? `ONNX${type}`);
}
