import type { Bytes } from "../graph/bytes.ts";
import type { GraphValue } from "../graph/model.ts";
import { type Field, fieldsOf, textOf } from "../graph/protobuf.ts";
import type { GraphInterface, Located } from "../graph/read-interface.ts";
import { type NodeHead, readHeads } from "./find-nodes.ts";
import { node } from "./graph-parts.ts";
import { int, message, text } from "./message-writer.ts";
import type { Edit } from "./served-outputs.ts";

/** `TensorProto.DataType` numbers (onnx/onnx.proto) of types without a JavaScript form, and the types that contain their values. */
const [FLOAT, UINT8, INT8, BFLOAT16] = [1, 2, 3, 16];
const WIDER: ReadonlyMap<number, number> = new Map([
  ...[BFLOAT16, 17, 18, 19, 20, 23, 24].map((float) => [float, FLOAT] as const),
  ...[21, 25].map((unsigned) => [unsigned, UINT8] as const),
  ...[22, 26].map((signed) => [signed, INT8] as const),
]);

/** Their graphs may read any value of the graph around them. */
const WITH_GRAPHS: ReadonlySet<string> = new Set(["If", "Loop", "Scan", "SequenceMap"]);

/**
 * Casts behind inputs of bfloat16, and before outputs of types that the runtime's addon cannot return: clients see float32 or
 * 8-bit integers. Inputs of narrower types are left alone, because a cast would change values outside their range silently.
 */
export function castValues(bytes: Bytes, graph: GraphInterface): Edit[] {
  const inputs = graph.inputs.filter(({ type, name }) => type === BFLOAT16 && !graph.initializers.has(name));
  const outputs = graph.outputs.filter(({ type }) => WIDER.has(type));
  if (inputs.length + outputs.length === 0) return [];
  const nodes = readHeads(bytes, graph.nodes);
  const made = new Set(nodes.flatMap((head) => head.outputs));
  const isKnown = outputs.every(({ name }) => made.has(name)) && nodes.every(({ op }) => !WITH_GRAPHS.has(op));
  if (!isKnown) return [];
  const inner = new Map([...inputs, ...outputs].map(({ name }) => [name, `tricast/${name}`]));
  const cast = (from: string, to: string, type: number) =>
    node({ op: "Cast", inputs: [from], outputs: [to], attributes: { to: type } });
  const innerOf = (name: string): string => inner.get(name) ?? name;
  return [
    ...inputs.map(
      (value): Edit => [value.field, [retyped(bytes, value, FLOAT), cast(value.name, innerOf(value.name), BFLOAT16)]],
    ),
    ...outputs.map((value): Edit => {
      const type = WIDER.get(value.type)!;
      return [value.field, [cast(innerOf(value.name), value.name, type), retyped(bytes, value, type)]];
    }),
    ...nodes.filter(usesAny(inner)).map(({ field }): Edit => [field, [renamed(bytes, field, innerOf)]]),
  ];
}

function usesAny(names: ReadonlyMap<string, string>): (head: NodeHead) => boolean {
  return ({ inputs, outputs }) => [...inputs, ...outputs].some((name) => names.has(name));
}

/** The node with other names of inputs and outputs. */
function renamed(bytes: Bytes, field: Field, nameOf: (name: string) => string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const part of fieldsOf(bytes, field)) {
    const isName = part.number === 1 || part.number === 2;
    parts.push(isName ? text(part.number, nameOf(textOf(bytes, part))) : bytes.slice(part.tag, part.end));
  }
  return message(1, parts);
}

/** The input or output (`ValueInfoProto`) with another element type, and its shape. */
function retyped(bytes: Bytes, { name, field }: Located<GraphValue>, type: number): Uint8Array {
  const tensor = inside(bytes, inside(bytes, field, 2), 1);
  const shape = inside(bytes, tensor, 2);
  const shapes = shape === undefined ? [] : [bytes.slice(shape.tag, shape.end)];
  return message(field.number, [text(1, name), message(2, [message(1, [int(1, type), ...shapes])])]);
}

function inside(bytes: Bytes, field: Field | undefined, number: number): Field | undefined {
  if (field === undefined) return undefined;
  for (const part of fieldsOf(bytes, field)) if (part.number === number) return part;
  return undefined;
}
