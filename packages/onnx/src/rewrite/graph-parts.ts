import { int, message, text } from "./message-writer.ts";

/** Fields of `GraphProto`: a node, an initializer, an output. */
const [NODE, INITIALIZER, OUTPUT] = [1, 5, 12];
const INT64 = 7;
/** `AttributeProto.AttributeType.INT`. */
const INT = 2;

export interface NewNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number>>;
}

/** `NodeProto`, of the default domain. */
export function node({ op, inputs, output, attributes = {} }: NewNode): Uint8Array {
  return message(NODE, [
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => message(5, [text(1, name), int(3, value), int(20, INT)])),
  ]);
}

/** A `TensorProto` without dimensions. */
export function scalar(name: string, value: number): Uint8Array {
  return message(INITIALIZER, [int(2, INT64), int(7, value), text(8, name)]);
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
