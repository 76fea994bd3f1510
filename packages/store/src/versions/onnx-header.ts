import { TricastError } from "@tricast/core";
import type { ModelDescription } from "../publishing/model-description.ts";
import { type FileWindow, withFileWindow } from "./file-window.ts";
import type { ModelValue } from "./manifest.ts";
import { toDatatype } from "./onnx-types.ts";
import { type Field, fields, fieldsOf, textOf } from "./proto-fields.ts";

/**
 * Reads the header of an ONNX file without its weights: every field whose content is not wanted is skipped by
 * position, so a file of any size costs a few reads and 64 KiB.
 * @throws {TricastError} `model-invalid` where the file is not an ONNX model, or is cut off.
 */
export function readOnnxHeader(path: string): ModelDescription {
  return withFileWindow(path, readModel);
}

/** Graphs in attributes of nodes in graphs ... : deeper than any exporter nests, shallower than the stack. */
const DEEPEST = 64;

/** What is gathered while the graphs are walked. */
interface Findings {
  readonly initializers: Set<string>;
  readonly externalData: Map<string, number>;
}

/** `ModelProto` of onnx/onnx.proto. */
function readModel(file: FileWindow): ModelDescription {
  const found: Findings = { initializers: new Set(), externalData: new Map() };
  const inputs: ModelValue[] = [];
  const outputs: ModelValue[] = [];
  const opset: [string, number][] = [];
  const metadata: [string, string][] = [];
  let irVersion: number | undefined;
  let modelVersion: number | undefined;
  let producer = "";
  let producerVersion = "";
  let hasGraph = false;
  for (const field of fields(file)) {
    if (field.number === 1 && field.kind === "varint") irVersion = field.value;
    else if (field.number === 2) producer = textOf(file, field);
    else if (field.number === 3) producerVersion = textOf(file, field);
    else if (field.number === 5 && field.kind === "varint") modelVersion = field.value || undefined;
    else if (field.number === 7) {
      hasGraph = true;
      readGraph(file, field, found, 0, { inputs, outputs });
    } else if (field.number === 8) opset.push(readOpset(file, field));
    else if (field.number === 14) metadata.push(readEntry(file, field));
    else if (field.number === 25) readFunction(file, field, found);
  }
  if (irVersion === undefined || !hasGraph) throw notOnnx(file, irVersion === undefined ? "IR version" : "graph");
  return {
    irVersion,
    opset: Object.fromEntries(opset),
    producer: `${producer} ${producerVersion}`.trim(),
    modelVersion,
    // Before IR version 4 every initializer had to be listed as an input as well.
    inputs: inputs.filter(({ name }) => !found.initializers.has(name)),
    outputs,
    metadata: Object.fromEntries(metadata),
    externalData: Object.fromEntries(found.externalData),
  };
}

/** `GraphProto`. Only the outermost graph's inputs and outputs are wanted. */
function readGraph(
  file: FileWindow,
  graph: Field,
  found: Findings,
  depth: number,
  values?: { readonly inputs: ModelValue[]; readonly outputs: ModelValue[] },
): void {
  if (depth > DEEPEST) throw notOnnx(file, "end to the graphs inside graphs");
  for (const field of fieldsOf(file, graph)) {
    if (field.number === 1) readNode(file, field, found, depth);
    else if (field.number === 5) {
      const name = readTensor(file, field, found);
      if (depth === 0) found.initializers.add(name);
    } else if (field.number === 15) {
      const name = readSparseTensor(file, field, found);
      if (depth === 0) found.initializers.add(name);
    } else if (field.number === 11) values?.inputs.push(readValue(file, field));
    else if (field.number === 12) values?.outputs.push(readValue(file, field));
  }
}

/** `FunctionProto`: its nodes may have tensors as well. */
function readFunction(file: FileWindow, definition: Field, found: Findings): void {
  for (const field of fieldsOf(file, definition)) if (field.number === 7) readNode(file, field, found, 0);
}

/** `NodeProto` and its `AttributeProto`s: tensors and graphs. */
function readNode(file: FileWindow, node: Field, found: Findings, depth: number): void {
  for (const attribute of fieldsOf(file, node)) {
    if (attribute.number !== 5) continue;
    for (const field of fieldsOf(file, attribute)) {
      if (field.number === 5 || field.number === 10) readTensor(file, field, found);
      else if (field.number === 6 || field.number === 11) readGraph(file, field, found, depth + 1);
      else if (field.number === 22 || field.number === 23) readSparseTensor(file, field, found);
    }
  }
}

/** `SparseTensorProto`; its name is that of its values. */
function readSparseTensor(file: FileWindow, tensor: Field, found: Findings): string {
  let name = "";
  for (const field of fieldsOf(file, tensor)) {
    if (field.number === 1) name = readTensor(file, field, found);
    else if (field.number === 2) readTensor(file, field, found);
  }
  return name;
}

const EXTERNAL = 1;

/** `TensorProto` without its data: its name. */
function readTensor(file: FileWindow, tensor: Field, found: Findings): string {
  let name = "";
  let isExternal = false;
  const place: [string, string][] = [];
  for (const field of fieldsOf(file, tensor)) {
    if (field.number === 8) name = textOf(file, field);
    else if (field.number === 13) place.push(readEntry(file, field));
    else if (field.number === 14 && field.kind === "varint") isExternal = field.value === EXTERNAL;
  }
  if (isExternal) addExternal(file, name, Object.fromEntries(place), found);
  return name;
}

function addExternal(file: FileWindow, name: string, place: Readonly<Record<string, string>>, found: Findings): void {
  const { location, offset = "0", length = "0" } = place;
  if (location === undefined) throw notOnnx(file, `location of the weights of ${JSON.stringify(name)}`);
  const end = Number(offset) + Number(length);
  found.externalData.set(
    location,
    Math.max(found.externalData.get(location) ?? 0, Number.isSafeInteger(end) ? end : 0),
  );
}

function readOpset(file: FileWindow, opset: Field): [string, number] {
  let domain = "";
  let version = 0;
  for (const field of fieldsOf(file, opset)) {
    if (field.number === 1) domain = textOf(file, field);
    else if (field.number === 2 && field.kind === "varint") version = field.value;
  }
  return [domain === "" ? "ai.onnx" : domain, version];
}

/** `StringStringEntryProto`. */
function readEntry(file: FileWindow, entry: Field): [string, string] {
  let key = "";
  let value = "";
  for (const field of fieldsOf(file, entry)) {
    if (field.number === 1) key = textOf(file, field);
    else if (field.number === 2) value = textOf(file, field);
  }
  return [key, value];
}

/** `ValueInfoProto`. */
function readValue(file: FileWindow, value: Field): ModelValue {
  let name = "";
  let type: ValueType = { datatype: "UNKNOWN" };
  for (const field of fieldsOf(file, value)) {
    if (field.number === 1) name = textOf(file, field);
    else if (field.number === 2) type = readType(file, field);
  }
  return { name, ...type };
}

type ValueType = Pick<ModelValue, "datatype" | "shape">;

/** `TypeProto`: which of its members is set says what it is. */
function readType(file: FileWindow, type: Field, depth = 0): ValueType {
  if (depth > DEEPEST) throw notOnnx(file, "end to the types inside types");
  const inner = (field: Field, number: number) => {
    for (const part of fieldsOf(file, field)) {
      if (part.number === number) return readType(file, part, depth + 1).datatype;
    }
    return "UNKNOWN";
  };
  for (const field of fieldsOf(file, type)) {
    if (field.number === 1) return readTensorType(file, field);
    if (field.number === 4) return { datatype: `SEQUENCE<${inner(field, 1)}>` };
    if (field.number === 5) return { datatype: `MAP<${readElementType(file, field)},${inner(field, 2)}>` };
    if (field.number === 8) return { datatype: `SPARSE<${readElementType(file, field)}>` };
    if (field.number === 9) return { datatype: `OPTIONAL<${inner(field, 1)}>` };
  }
  return { datatype: "UNKNOWN" };
}

/** `TypeProto.Tensor`. */
function readTensorType(file: FileWindow, type: Field): ValueType {
  const datatype = readElementType(file, type);
  for (const field of fieldsOf(file, type)) {
    if (field.number === 2) return { datatype, shape: readShape(file, field) };
  }
  return { datatype };
}

/** Field 1 of `TypeProto.Tensor`, `SparseTensor` and `Map`. */
function readElementType(file: FileWindow, type: Field): string {
  for (const field of fieldsOf(file, type)) {
    if (field.number === 1 && field.kind === "varint") return toDatatype(field.value);
  }
  return "UNKNOWN";
}

/** `TensorShapeProto`. */
function readShape(file: FileWindow, shape: Field): (number | string)[] {
  const dimensions: (number | string)[] = [];
  for (const field of fieldsOf(file, shape)) if (field.number === 1) dimensions.push(readDimension(file, field));
  return dimensions;
}

function readDimension(file: FileWindow, dimension: Field): number | string {
  for (const field of fieldsOf(file, dimension)) {
    // Some exporters write -1 instead of leaving the dimension open.
    if (field.number === 1 && field.kind === "varint" && field.value >= 0) return field.value;
    if (field.number === 2) return textOf(file, field) || "?";
  }
  return "?";
}

function notOnnx({ path }: FileWindow, missing: string): TricastError {
  return new TricastError("model-invalid", `${path} is not an ONNX model: it has no ${missing}; export it again`);
}
