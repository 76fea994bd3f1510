import { type Bytes, notOnnx, withBytes } from "./bytes.ts";
import {
  type Attribute,
  type Constant,
  type Graph,
  type GraphFunction,
  type GraphModel,
  type GraphNode,
  type GraphValue,
  LONGEST_LIST,
  TYPE,
} from "./model.ts";
import { doublesOf, type Field, fieldsOf, floatsOf, textOf, varintsOf } from "./protobuf.ts";
import { readAttribute as readAttributeOf } from "./read-attribute.ts";

/** Graphs in attributes of nodes in graphs ...: deeper than any exporter nests, shallower than the stack. */
const DEEPEST = 64;

/**
 * Reads the graph of an ONNX model (`ModelProto`) without its weights: a file of any size costs a few reads for each
 * 64 KiB of graph.
 *
 * @param source A path, or the bytes of the file.
 * @throws {TricastError} `model-invalid` for what is not an ONNX model, or is cut off.
 */
export function readGraphModel(source: string | Uint8Array): GraphModel {
  return withBytes(source, readModel);
}

function readModel(bytes: Bytes): GraphModel {
  const opsets = new Map<string, number>();
  const functions = new Map<string, GraphFunction>();
  let graph: Graph | undefined;
  for (const field of fieldsOf(bytes, { start: 0, end: bytes.size })) {
    if (field.number === 7 && graph !== undefined) throw notOnnx(bytes.name, "it has two graphs");
    else if (field.number === 7) graph = readGraph(bytes, field, 0);
    else if (field.number === 8) opsets.set(...readOpset(bytes, field));
    else if (field.number === 25) functions.set(...readFunction(bytes, field));
  }
  if (graph === undefined) throw notOnnx(bytes.name, "it has no graph");
  return { opsets, functions, graph };
}

/** `GraphProto`. */
function readGraph(bytes: Bytes, graph: Field, depth: number): Graph {
  if (depth > DEEPEST) throw notOnnx(bytes.name, `its graphs are nested more than ${DEEPEST} deep`);
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
function readFunction(bytes: Bytes, definition: Field): [key: string, definition: GraphFunction] {
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

/** `NodeProto`. */
function readNode(bytes: Bytes, node: Field, depth: number): GraphNode {
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

/** `ai.onnx` is the written-out name of the default domain. */
function plainDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

function readAttribute(bytes: Bytes, attribute: Field, depth: number): [name: string, attribute: Attribute] {
  return readAttributeOf(bytes, attribute, {
    tensor: (field) => readTensor(bytes, field),
    graph: (field) => readGraph(bytes, field, depth + 1),
  });
}

/** `SparseTensorProto`; its name is that of its values. */
function readSparseTensor(bytes: Bytes, tensor: Field): Constant {
  let [name, type] = ["", 0];
  const dims: number[] = [];
  for (const field of fieldsOf(bytes, tensor)) {
    if (field.number === 1) ({ name, type } = readTensor(bytes, field));
    else if (field.number === 3) readDims(bytes, field, dims);
  }
  return { name, type, dims, values: undefined };
}

/** `TensorProto`, with the elements of a small one. */
function readTensor(bytes: Bytes, tensor: Field): Constant {
  const dims: number[] = [];
  const content: Field[] = [];
  let [name, type, isElsewhere] = ["", 0, false];
  for (const field of fieldsOf(bytes, tensor)) {
    if (field.number === 1) readDims(bytes, field, dims);
    else if (field.number === 2) type = field.value ?? 0;
    else if (field.number === 14) isElsewhere = field.value === 1;
    else if (field.number === 8) name = textOf(bytes, field);
    else if (CONTENT_FIELDS.has(field.number) && content.length <= LONGEST_LIST) content.push(field);
  }
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = count > LONGEST_LIST || isElsewhere ? undefined : elementsOf(bytes, type, content);
  return { name, type, dims, values: values?.length === count ? values : undefined };
}

/** Far more than any tensor has dimensions, and few enough for one call. */
const MOST_DIMENSIONS = 10_000;

function readDims(bytes: Bytes, field: Field, into: number[]): void {
  const most = field.value === undefined ? field.end - field.start : 1;
  if (into.length + most > MOST_DIMENSIONS) throw notOnnx(bytes.name, "a tensor has too many dimensions");
  into.push(...varintsOf(bytes, field));
}

/** float_data, int32_data, int64_data, raw_data, double_data, uint64_data. */
const CONTENT_FIELDS: ReadonlySet<number> = new Set([4, 5, 7, 9, 10, 11]);

function elementsOf(bytes: Bytes, type: number, content: readonly Field[]): number[] {
  return content.flatMap((field) => {
    if (field.number === 9) return rawElements(bytes, type, field);
    // Floats of few bits are kept as the whole numbers that have their bits.
    if (!FIELD_TYPES[field.number]?.includes(type)) return [];
    if (field.number === 4) return floatsOf(bytes, field);
    if (field.number === 10) return doublesOf(bytes, field);
    const numbers = varintsOf(bytes, field);
    return field.number === 5 ? numbers.map((number) => number | 0) : numbers;
  });
}

/** The types whose elements are written in a field as they are. */
const FIELD_TYPES: { readonly [field: number]: readonly number[] } = {
  4: [TYPE.float],
  5: [TYPE.int32, TYPE.int16, TYPE.int8, TYPE.uint16, TYPE.uint8, TYPE.bool],
  7: [TYPE.int64],
  10: [TYPE.double],
  11: [TYPE.uint32, TYPE.uint64],
};

/** Empty for types whose values no shape is made of: then the elements count as unknown. */
function rawElements(bytes: Bytes, type: number, field: Field): number[] {
  const read = RAW_READER[type];
  if (read === undefined) return [];
  const content = Buffer.from(bytes.slice(field.start, field.end));
  const count = Math.floor(content.length / read.width);
  return Array.from({ length: count }, (_, index) => read.at(content, index * read.width));
}

const RAW_READER: { readonly [type: number]: { readonly width: number; at(bytes: Buffer, offset: number): number } } = {
  [TYPE.float]: { width: 4, at: (bytes, offset) => bytes.readFloatLE(offset) },
  [TYPE.double]: { width: 8, at: (bytes, offset) => bytes.readDoubleLE(offset) },
  [TYPE.uint8]: { width: 1, at: (bytes, offset) => bytes.readUInt8(offset) },
  [TYPE.int8]: { width: 1, at: (bytes, offset) => bytes.readInt8(offset) },
  [TYPE.bool]: { width: 1, at: (bytes, offset) => bytes.readUInt8(offset) },
  [TYPE.int32]: { width: 4, at: (bytes, offset) => bytes.readInt32LE(offset) },
  [TYPE.int64]: { width: 8, at: (bytes, offset) => Number(bytes.readBigInt64LE(offset)) },
};

function readOpset(bytes: Bytes, opset: Field): [domain: string, version: number] {
  let [domain, version] = ["", 0];
  for (const field of fieldsOf(bytes, opset)) {
    if (field.number === 1) domain = textOf(bytes, field);
    else if (field.number === 2) version = field.value ?? 0;
  }
  return [plainDomain(domain), version];
}

/** `ValueInfoProto`. */
function readValue(bytes: Bytes, value: Field): GraphValue {
  let name = "";
  let type: Omit<GraphValue, "name"> = { kind: "other", type: 0, dims: undefined };
  for (const field of fieldsOf(bytes, value)) {
    if (field.number === 1) name = textOf(bytes, field);
    else if (field.number === 2) type = readType(bytes, field);
  }
  return { name, ...type };
}

/** `TypeProto`. */
function readType(bytes: Bytes, type: Field): Omit<GraphValue, "name"> {
  for (const field of fieldsOf(bytes, type)) if (field.number === 1) return readTensorType(bytes, field);
  return { kind: "other", type: 0, dims: undefined };
}

/** `TypeProto.Tensor`. */
function readTensorType(bytes: Bytes, tensor: Field): Omit<GraphValue, "name"> {
  let type = 0;
  let dims: GraphValue["dims"];
  for (const field of fieldsOf(bytes, tensor)) {
    if (field.number === 1) type = field.value ?? 0;
    else if (field.number === 2) dims = [...fieldsOf(bytes, field)].map((dim) => readDimension(bytes, dim));
  }
  return { kind: "tensor", type, dims };
}

function readDimension(bytes: Bytes, dimension: Field): number | string | undefined {
  for (const field of fieldsOf(bytes, dimension)) {
    // Some exporters write -1 instead of leaving the dimension open.
    if (field.number === 1 && field.value !== undefined && field.value >= 0) return field.value;
    if (field.number === 2) return textOf(bytes, field) || undefined;
  }
  return undefined;
}
