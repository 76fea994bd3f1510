import { DATATYPES } from "../tensor/datatypes.ts";
import { isTensorType } from "../tensor/types.ts";
import { initializer, node, output } from "./graph-parts.ts";
import { int, message, text } from "./message-writer.ts";

/** `TensorProto.DataType` of the elements of sequences whose tensors the addon can return. */
const SERVED: ReadonlyMap<string, number> = new Map(
  DATATYPES.filter(([, name]) => isTensorType(name)).map(([number, , datatype]) => [`SEQUENCE<${datatype}>`, number]),
);
/** Whether a sequence of this datatype can be served. */
export function isSequence(datatype: string): boolean {
  return SERVED.has(datatype);
}

const [INT64, BOOL] = [7, 9];

/** The three tensors that contain a sequence: all elements, all dimensions, and the number of dimensions of each tensor. */
export const sequenceParts = (name: string) =>
  ["data", "dims", "ranks"].map((part) => `tricast/${name}/${part}`) as [data: string, dims: string, ranks: string];

/**
 * Nodes and outputs that compute the parts of a sequence of any length, by a Loop over its tensors; `undefined` for other
 * types.
 */
export function unrolled(name: string, datatype: string): Uint8Array[] | undefined {
  const type = SERVED.get(datatype);
  if (type === undefined) return undefined;
  const own = (part: string): string => `tricast/${name}/${part}`;
  const parts = sequenceParts(name);
  const loop = {
    op: "Loop",
    inputs: [own("length"), "", own("none"), own("noDims"), own("noDims")],
    outputs: parts,
    body: loopBody(name, own, type),
  };
  return [
    initializer(own("none"), type, [0], []),
    initializer(own("noDims"), INT64, [0], []),
    initializer(own("flat"), INT64, [1], [-1]),
    node({ op: "SequenceLength", inputs: [name], outputs: [own("length")] }),
    node(loop),
    output(parts[0], type, 1),
    output(parts[1], INT64, 1),
    output(parts[2], INT64, 1),
  ];
}

/** `GraphProto`: appends tensor `i` of the sequence, which it reads from the graph around it. */
function loopBody(sequence: string, own: (part: string) => string, type: number): readonly Uint8Array[] {
  const append = (before: string, more: string, result: string) =>
    node({ op: "Concat", inputs: [own(before), own(more)], outputs: [own(result)], attributes: { axis: 0 } });
  const value = (field: 11 | 12, part: string, of: number, rank: number) => {
    const shape = message(
      2,
      Array.from({ length: rank }, () => message(1, [])),
    );
    return message(field, [text(1, own(part)), message(2, [message(1, [int(1, of), shape])])]);
  };
  return [
    node({ op: "Identity", inputs: [own("on")], outputs: [own("onward")] }),
    node({ op: "SequenceAt", inputs: [sequence, own("i")], outputs: [own("one")] }),
    node({ op: "Reshape", inputs: [own("one"), own("flat")], outputs: [own("elements")] }),
    node({ op: "Shape", inputs: [own("one")], outputs: [own("shape")] }),
    node({ op: "Shape", inputs: [own("shape")], outputs: [own("rank")] }),
    append("dataBefore", "elements", "dataAfter"),
    append("dimsBefore", "shape", "dimsAfter"),
    append("ranksBefore", "rank", "ranksAfter"),
    text(2, own("body")),
    value(11, "i", INT64, 0),
    value(11, "on", BOOL, 0),
    value(11, "dataBefore", type, 1),
    value(11, "dimsBefore", INT64, 1),
    value(11, "ranksBefore", INT64, 1),
    value(12, "onward", BOOL, 0),
    value(12, "dataAfter", type, 1),
    value(12, "dimsAfter", INT64, 1),
    value(12, "ranksAfter", INT64, 1),
  ];
}
