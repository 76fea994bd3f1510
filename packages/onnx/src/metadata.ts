import type { ModelMetadata, TensorInfo } from "@tricast/core/adapter";
import type { Shape } from "./tensor/shape.ts";
import { OIP_DATATYPE, type TensorType } from "./tensor/types.ts";

/** A tensor that a graph takes or gives. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly type: TensorType;
  /**
   * A string is a dimension of any size: its name in the graph, or `"?"` when it has none. Empty for a scalar, and for
   * a tensor whose rank the graph leaves open.
   */
  readonly shape: Shape;
}

/** What a graph takes and gives, as far as it is tensors. */
export interface GraphValues {
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** What a session of the native addon says of its graph. */
export interface NativeMetadata {
  readonly inputMetadata: readonly NativeValueInfo[];
  readonly outputMetadata: readonly NativeValueInfo[];
}

/** As the native addon tells it (onnxruntime js/node/src/inference_session_wrap.cc, GetMetadata). */
export interface NativeValueInfo {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: number;
  readonly shape?: readonly number[];
  readonly symbolicDimensions?: readonly string[];
}

/** What a graph declares and tricast cannot carry: a sequence, a map, or an element type without a JavaScript form. */
export interface UnsupportedValue {
  readonly name: string;
  readonly kind: string;
}

/** ONNX `TensorProto.DataType` numbers (onnx/onnx.proto). */
const TENSOR_TYPE: Readonly<Record<number, TensorType>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "string",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
};

const OTHER_TYPE: Readonly<Record<number, string>> = {
  14: "complex64",
  15: "complex128",
  16: "bfloat16",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4e2m1",
};

export const UNNAMED = "?";

export function readMetadata(values: readonly NativeValueInfo[]): {
  readonly tensors: readonly OnnxValueInfo[];
  readonly unsupported: readonly UnsupportedValue[];
} {
  const tensors: OnnxValueInfo[] = [];
  const unsupported: UnsupportedValue[] = [];
  for (const value of values) {
    const type = value.isTensor ? TENSOR_TYPE[value.type ?? 0] : undefined;
    if (type !== undefined) tensors.push({ name: value.name, type, shape: shapeOf(value) });
    else unsupported.push({ name: value.name, kind: kindOf(value) });
  }
  return { tensors, unsupported };
}

function shapeOf({ shape = [], symbolicDimensions = [] }: NativeValueInfo): Shape {
  return shape.map((dim, axis) => (dim >= 0 ? dim : symbolicDimensions[axis] || UNNAMED));
}

function kindOf(value: NativeValueInfo): string {
  if (!value.isTensor) return "sequence or map";
  return `tensor of ${OTHER_TYPE[value.type ?? 0] ?? `ONNX type ${value.type}`}`;
}

/** The metadata of the Open Inference Protocol, as `/metadata` shows it. */
export function describe(inputs: readonly OnnxValueInfo[], outputs: readonly OnnxValueInfo[]): ModelMetadata {
  return { platform: "onnxruntime", inputs: inputs.map(tensorInfo), outputs: outputs.map(tensorInfo) };
}

function tensorInfo({ name, type, shape }: OnnxValueInfo): TensorInfo {
  return { name, datatype: OIP_DATATYPE[type], shape: shape.map((dim) => (typeof dim === "number" ? dim : -1)) };
}
