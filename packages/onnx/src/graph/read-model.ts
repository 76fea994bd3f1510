import { type Bytes, notOnnx, withBytes } from "./bytes.ts";
import {
  type Attribute,
  type Constant,
  DEEPEST_NESTING,
  type Graph,
  type GraphFunction,
  type GraphModel,
  type GraphNode,
  type GraphValue,
} from "./model.ts";
import { allFields, type Field, fieldsOf, textOf } from "./protobuf.ts";
import { readAttribute as readAttributeOf } from "./read-attribute.ts";
import { type ModelBytes, readEntry, readSparseTensor, readTensor } from "./read-tensor.ts";
import { readValue } from "./read-value.ts";

/**
 * Reads an ONNX model (`ModelProto`) without its weights: a file of any size costs a few reads for each 64 KiB of graph.
 *
 * @param source A path, or the bytes of the file.
 * @throws {TricastError} `model-invalid` for a source that is not an ONNX model, or is cut off.
 */
export function readGraphModel(source: string | Uint8Array): GraphModel {
  return withBytes(source, (bytes) => readModel({ ...bytes, externalTensors: [] }));
}

function readModel(bytes: ModelBytes): GraphModel {
  const opsets = new Map<string, number>();
  const functions = new Map<string, GraphFunction>();
  const metadata = new Map<string, string>();
  let [producer, producerVersion] = ["", ""];
  let irVersion: number | undefined;
  let modelVersion: number | undefined;
  let graph: Graph | undefined;
  for (const field of allFields(bytes)) {
    if (field.number === 1) irVersion = field.value;
    else if (field.number === 2) producer = textOf(bytes, field);
    else if (field.number === 3) producerVersion = textOf(bytes, field);
    else if (field.number === 5) modelVersion = field.value || undefined;
    else if (field.number === 7 && graph !== undefined) throw notOnnx(bytes.name, "it has two graphs");
    else if (field.number === 7) graph = readGraph(bytes, field, 0);
    else if (field.number === 8) opsets.set(...readOpset(bytes, field));
    else if (field.number === 14) metadata.set(...readEntry(bytes, field));
    else if (field.number === 25) functions.set(...readFunction(bytes, field));
  }
  if (graph === undefined) throw notOnnx(bytes.name, "it has no graph");
  const { externalTensors } = bytes;
  const whole = `${producer} ${producerVersion}`.trim();
  return { irVersion, producer: whole, modelVersion, metadata, opsets, functions, graph, externalTensors };
}

/** `GraphProto`. */
function readGraph(bytes: ModelBytes, graph: Field, depth: number): Graph {
  if (depth > DEEPEST_NESTING) throw notOnnx(bytes.name, `its graphs are nested more than ${DEEPEST_NESTING} deep`);
  const nodes: GraphNode[] = [];
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  const initializers: Constant[] = [];
  for (const field of fieldsOf(bytes, graph)) {
    if (field.number === 1) nodes.push(readNode(bytes, field, depth));
    else if (field.number === 5) initializers.push(readTensor(bytes, field));
    else if (field.number === 15) initializers.push(readSparseTensor(bytes, field));
    else if (field.number === 11) inputs.push(readValue(bytes, field));
    else if (field.number === 12) outputs.push(readValue(bytes, field));
  }
  const known = new Set(initializers.map(({ name }) => name));
  // Before IR version 4 every initializer had to be listed as an input as well.
  return { nodes, inputs: inputs.filter(({ name }) => !known.has(name)), outputs, initializers };
}

/** `FunctionProto`. */
function readFunction(bytes: ModelBytes, definition: Field): [key: string, definition: GraphFunction] {
  let [name, domain, overload] = ["", "", ""];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nodes: GraphNode[] = [];
  const opsets = new Map<string, number>();
  const defaults = new Map<string, Attribute>();
  for (const field of fieldsOf(bytes, definition)) {
    if (field.number === 1) name = textOf(bytes, field);
    else if (field.number === 4) inputs.push(textOf(bytes, field));
    else if (field.number === 5) outputs.push(textOf(bytes, field));
    else if (field.number === 7) nodes.push(readNode(bytes, field, 0));
    else if (field.number === 9) opsets.set(...readOpset(bytes, field));
    else if (field.number === 10) domain = textOf(bytes, field);
    else if (field.number === 11) defaults.set(...readAttribute(bytes, field, 0));
    else if (field.number === 13) overload = textOf(bytes, field);
  }
  return [`${plainDomain(domain)}:${name}:${overload}`, { inputs, outputs, nodes, opsets, defaults }];
}

/** `NodeProto`. @param depth Of the graph that contains it. */
export function readNode(bytes: ModelBytes, node: Field, depth: number): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  let [name, op, domain, overload] = ["", "", "", ""];
  for (const field of fieldsOf(bytes, node)) {
    if (field.number === 1) inputs.push(textOf(bytes, field));
    else if (field.number === 2) outputs.push(textOf(bytes, field));
    else if (field.number === 3) name = textOf(bytes, field);
    else if (field.number === 4) op = textOf(bytes, field);
    else if (field.number === 5) attributes.set(...readAttribute(bytes, field, depth));
    else if (field.number === 7) domain = textOf(bytes, field);
    else if (field.number === 8) overload = textOf(bytes, field);
  }
  return { name, op, domain: plainDomain(domain), overload, inputs, outputs, attributes };
}

/** `ai.onnx` is the explicit name of the default domain. */
function plainDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

function readAttribute(bytes: ModelBytes, attribute: Field, depth: number): [name: string, attribute: Attribute] {
  return readAttributeOf(bytes, attribute, {
    tensor: (field) => readTensor(bytes, field),
    sparseTensor: (field) => readSparseTensor(bytes, field),
    graph: (field) => readGraph(bytes, field, depth + 1),
  });
}

/** `OperatorSetIdProto`. */
export function readOpset(bytes: Bytes, opset: Field): [domain: string, version: number] {
  let [domain, version] = ["", 0];
  for (const field of fieldsOf(bytes, opset)) {
    if (field.number === 1) domain = textOf(bytes, field);
    else if (field.number === 2) version = field.value ?? 0;
  }
  return [plainDomain(domain), version];
}
