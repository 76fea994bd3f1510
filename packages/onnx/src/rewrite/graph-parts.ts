import { int, message, text } from "./message-writer.ts";

/** Fields of `GraphProto`: a node, an initializer, an output. */
const [NODE, INITIALIZER, OUTPUT] = [1, 5, 12];
/** `AttributeProto.AttributeType.INT`. */
const INT = 2;

/** `AttributeProto.AttributeType.GRAPH`. */
const GRAPH = 5;

export interface NewNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number>>;
  /** The fields of the graph in its attribute `body`. */
  readonly body?: readonly Uint8Array[];
}

/** `NodeProto`, of the default domain. */
export function node({ op, inputs, outputs, attributes = {}, body }: NewNode): Uint8Array {
  return message(NODE, [
    ...inputs.map((input) => text(1, input)),
    ...outputs.map((one) => text(2, one)),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => message(5, [text(1, name), int(3, value), int(20, INT)])),
    ...(body === undefined ? [] : [message(5, [text(1, "body"), message(6, body), int(20, GRAPH)])]),
  ]);
}

/** `TensorProto` with whole numbers of 64 bits, or without elements. */
export function initializer(
  name: string,
  type: number,
  dims: readonly number[],
  values: readonly number[],
): Uint8Array {
  return message(INITIALIZER, [
    ...dims.map((dim) => int(1, dim)),
    int(2, type),
    ...values.map((value) => int(7, value)),
    text(8, name),
  ]);
}

/** `ValueInfoProto` of a tensor with `rank` dimensions of any size, or of any rank. @param type `TensorProto.DataType`. */
export function output(name: string, type: number, rank?: number): Uint8Array {
  const shape =
    rank === undefined
      ? []
      : [
          message(
            2,
            Array.from({ length: rank }, () => message(1, [])),
          ),
        ];
  return message(OUTPUT, [text(1, name), message(2, [message(1, [int(1, type), ...shape])])]);
}

/** `OperatorSetIdProto`, as a field of `ModelProto`. */
export function opset(version: number): Uint8Array {
  return message(8, [text(1, ""), int(2, version)]);
}
