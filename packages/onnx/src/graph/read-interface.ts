import { type Bytes, notOnnx } from "./bytes.ts";
import type { GraphValue } from "./model.ts";
import { allFields, type Field, fieldsOf, textOf } from "./protobuf.ts";
import { readOpset } from "./read-model.ts";
import { readValue } from "./read-value.ts";

/** Something of a graph, and the field that contains it. */
export type Located<T> = T & { readonly field: Field };

/** The inputs, outputs and names of a graph. Operators, attributes and elements are not read. */
export interface GraphInterface {
  readonly graph: Field;
  readonly irVersion: number;
  readonly opsets: ReadonlyMap<string, number>;
  /** With inputs that are also initializers. */
  readonly inputs: readonly Located<GraphValue>[];
  readonly outputs: readonly Located<GraphValue>[];
  /** By name. */
  readonly initializers: ReadonlyMap<string, Field>;
  readonly nodes: readonly Field[];
}

/** @throws {TricastError} `model-invalid` where the bytes are not an ONNX model. */
export function readInterface(bytes: Bytes): GraphInterface {
  const opsets = new Map<string, number>();
  let graph: Field | undefined;
  let irVersion = 0;
  for (const field of allFields(bytes)) {
    if (field.number === 1) irVersion = field.value ?? 0;
    else if (field.number === 7 && graph !== undefined) throw notOnnx(bytes.name, "it has two graphs");
    else if (field.number === 7) graph = field;
    else if (field.number === 8) opsets.set(...readOpset(bytes, field));
  }
  if (graph === undefined) throw notOnnx(bytes.name, "it has no graph");
  return { graph, irVersion, opsets, ...readParts(bytes, graph) };
}

function readParts(bytes: Bytes, graph: Field) {
  const inputs: Located<GraphValue>[] = [];
  const outputs: Located<GraphValue>[] = [];
  const initializers = new Map<string, Field>();
  const nodes: Field[] = [];
  for (const field of fieldsOf(bytes, graph)) {
    if (field.number === 1) nodes.push(field);
    else if (field.number === 5) initializers.set(nameOf(bytes, field), field);
    else if (field.number === 11) inputs.push({ ...readValue(bytes, field), field });
    else if (field.number === 12) outputs.push({ ...readValue(bytes, field), field });
  }
  return { inputs, outputs, initializers, nodes };
}

/** `TensorProto.name`. */
function nameOf(bytes: Bytes, tensor: Field): string {
  for (const field of fieldsOf(bytes, tensor)) if (field.number === 8) return textOf(bytes, field);
  return "";
}
