import type { Bytes } from "../graph/bytes.ts";
import { type GraphValue, TYPE } from "../graph/model.ts";
import type { Field } from "../graph/protobuf.ts";
import type { GraphInterface, Located } from "../graph/read-interface.ts";
import { type NodeHead, readHeads, readLabels } from "./find-nodes.ts";
import { initializer, node, output } from "./graph-parts.ts";
import { sequenceParts, unrolled } from "./sequence-outputs.ts";

/** A field of a graph, and the fields in its place. */
export type Edit = readonly [field: Field, added: readonly Uint8Array[]];

/** More classes are served as one tensor: every output costs each run some time. */
const MOST_COLUMNS = 1024;

/**
 * Tensors in place of outputs that are not tensors, which the runtime's addon cannot return:
 * - of a ZipMap, one column of probabilities for each class, `probabilities.setosa`;
 * - of a sequence of tensors, the three tensors that contain it, see {@link sequenceParts}.
 */
export function tensorOutputs(bytes: Bytes, graph: GraphInterface): Edit[] {
  const others = graph.outputs.filter(({ kind }) => kind === "other");
  if (others.length === 0) return [];
  const nodes = readHeads(bytes, graph.nodes);
  return others.flatMap((value) => {
    const producer = nodes.find(({ outputs }) => outputs.includes(value.name));
    const isTable = hasColumns(graph, producer);
    const made = producer === undefined || !isTable ? undefined : replacement(bytes, value, producer);
    if (producer === undefined || made === undefined) return [];
    const taken = new Set([
      ...[...graph.inputs, ...graph.outputs].map(({ name }) => name),
      ...graph.initializers.keys(),
      ...nodes.flatMap(({ outputs }) => outputs),
    ]);
    taken.delete(value.name);
    if (new Set(made.names).size < made.names.length || made.names.some((name) => taken.has(name))) return [];
    // A node whose output another node reads remains.
    const isRead = producer.op !== "ZipMap" || nodes.some(({ inputs }) => inputs.includes(value.name));
    const isOnly = !isRead && producer.outputs.length === 1;
    const edit: Edit = [value.field, made.added];
    return isOnly ? [edit, [producer.field, []] as const] : [edit];
  });
}

/** False where the first input of a node is an input of the graph with one dimension: a single row, without a column to pick. */
function hasColumns({ inputs }: GraphInterface, producer: NodeHead | undefined): boolean {
  return inputs.find(({ name }) => name === producer?.inputs[0])?.dims?.length !== 1 || producer?.op !== "ZipMap";
}

interface Replacement {
  readonly names: readonly string[];
  readonly added: readonly Uint8Array[];
}

function replacement(bytes: Bytes, value: Located<GraphValue>, producer: NodeHead): Replacement | undefined {
  if (producer.op === "ZipMap") return columnsOf(value.name, producer.inputs[0]!, readLabels(bytes, producer.field));
  const added = unrolled(value.name, value.datatype);
  return added === undefined ? undefined : { names: sequenceParts(value.name), added };
}

function columnsOf(name: string, scores: string, labels: readonly string[]): Replacement | undefined {
  if (labels.length === 0) return undefined;
  if (labels.length > MOST_COLUMNS) {
    // The name of the map is free only if its node is removed.
    const renamed = `${name}.values`;
    return {
      names: [renamed],
      added: [node({ op: "Identity", inputs: [scores], outputs: [renamed] }), output(renamed, TYPE.float, 2)],
    };
  }
  const names = labels.map((label) => `${name}.${label}`);
  const added = names.flatMap((column, index) => {
    const at = `tricast/${name}/${index}`;
    const gather = node({ op: "Gather", inputs: [scores, at], outputs: [column], attributes: { axis: 1 } });
    return [initializer(at, TYPE.int64, [], [index]), gather, output(column, TYPE.float, 1)];
  });
  return { names, added };
}
