import { TYPE } from "../../graph/model.ts";
import { intField, messageField, type Pieces, textField } from "./write-protobuf.ts";

/** Field numbers of onnx/onnx.proto. */
export const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 } as const;
export const NODE = { input: 1, output: 2, opType: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, int: 3, ints: 8, type: 20 };
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };
/** `AttributeProto.AttributeType`. */
const TYPE_OF = { int: 2, ints: 7 };

/** The inputs and outputs of a node. */
export function valueNames(inputs: readonly string[], outputs: readonly string[]): Pieces {
  return [
    ...inputs.flatMap((name) => textField(NODE.input, name)),
    ...outputs.flatMap((name) => textField(NODE.output, name)),
  ];
}

type Attributes = Readonly<Record<string, number | readonly number[]>>;

export function makeNode(op: string, inputs: readonly string[], output: string, attributes: Attributes = {}): Pieces {
  return [
    ...valueNames(inputs, [output]),
    ...textField(NODE.opType, op),
    ...Object.entries(attributes).flatMap(([name, values]) => makeAttribute(name, values)),
  ];
}

function makeAttribute(name: string, value: number | readonly number[]): Pieces {
  const kind = typeof value === "number" ? "int" : "ints";
  return messageField(NODE.attribute, [
    ...textField(ATTRIBUTE.name, name),
    ...[value].flat().flatMap((one) => intField(ATTRIBUTE[kind], one)),
    ...intField(ATTRIBUTE.type, TYPE_OF[kind]),
  ]);
}

export function makeFloats(name: string, dims: readonly number[], data: Float32Array): Pieces {
  return makeTensor(name, dims, TYPE.float, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

export function makeInts(name: string, data: readonly number[]): Pieces {
  return makeTensor(name, [data.length], TYPE.int64, new Uint8Array(BigInt64Array.from(data, BigInt).buffer));
}

function makeTensor(name: string, dims: readonly number[], type: number, raw: Uint8Array): Pieces {
  return [
    ...dims.flatMap((dim) => intField(TENSOR.dims, dim)),
    ...intField(TENSOR.dataType, type),
    ...textField(TENSOR.name, name),
    ...messageField(TENSOR.rawData, [raw]),
  ];
}
