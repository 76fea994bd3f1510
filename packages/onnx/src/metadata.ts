import type { ModelMetadata, TensorInfo } from "@tricast/core/adapter";
import { DATATYPES, OIP_DATATYPE } from "./tensor/datatypes.ts";
import type { Shape } from "./tensor/shape.ts";
import { isTensorType, type TensorType } from "./tensor/types.ts";

/** An input or output of a graph that is a tensor. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly type: TensorType;
  /**
   * A string is a dimension of any size: its name in the graph, or `"?"` without a name. Empty for a scalar, and for a
   * tensor whose rank the graph leaves open.
   */
  readonly shape: Shape;
}

/** The inputs and outputs of a graph that are tensors. */
export interface GraphValues {
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** The inputs and outputs of a graph, as a session of the native addon lists them. */
export interface NativeMetadata {
  readonly inputMetadata: readonly NativeValueInfo[];
  readonly outputMetadata: readonly NativeValueInfo[];
}

/** As the native addon returns it (onnxruntime js/node/src/inference_session_wrap.cc, GetMetadata). */
export interface NativeValueInfo {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: number;
  readonly shape?: readonly number[];
  readonly symbolicDimensions?: readonly string[];
}

/** An input or output that tricast does not support: a sequence, a map, or an element type without a JavaScript form. */
export interface UnsupportedValue {
  readonly name: string;
  readonly kind: string;
}

/** Names of element types by `TensorProto.DataType`. */
const TYPE_NAME: ReadonlyMap<number, string> = new Map(DATATYPES.map(([number, name]) => [number, name]));

export const UNNAMED = "?";

export function readMetadata(values: readonly NativeValueInfo[]): {
  readonly tensors: readonly OnnxValueInfo[];
  readonly unsupported: readonly UnsupportedValue[];
} {
  const tensors: OnnxValueInfo[] = [];
  const unsupported: UnsupportedValue[] = [];
  for (const value of values) {
    const { name, type: number = 0 } = value;
    // The runtime has numbers of its own: float8e8m0 (24) comes after int2 (26). See `ONNXTensorElementDataType`.
    const type = TYPE_NAME.get(number === 26 ? 24 : number > 23 ? number + 1 : number);
    if (!value.isTensor) unsupported.push({ name, kind: "sequence or map" });
    else if (isTensorType(type)) tensors.push({ name, type, shape: shapeOf(value) });
    else unsupported.push({ name, kind: `tensor of ${type ?? `ONNX type ${value.type}`}` });
  }
  return { tensors, unsupported };
}

function shapeOf({ shape = [], symbolicDimensions = [] }: NativeValueInfo): Shape {
  return shape.map((dim, axis) => (dim >= 0 ? dim : symbolicDimensions[axis] || UNNAMED));
}

/** The metadata of the Open Inference Protocol, as `/metadata` shows it. */
export function describe(inputs: readonly OnnxValueInfo[], outputs: readonly OnnxValueInfo[]): ModelMetadata {
  return { platform: "onnxruntime", inputs: inputs.map(tensorInfo), outputs: outputs.map(tensorInfo) };
}

function tensorInfo({ name, type, shape }: OnnxValueInfo): TensorInfo {
  return { name, datatype: OIP_DATATYPE[type], shape: shape.map((dim) => (typeof dim === "number" ? dim : -1)) };
}
