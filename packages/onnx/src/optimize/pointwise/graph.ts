import {
  bytesField,
  type Field,
  intField,
  intsOf,
  messageField,
  messagesOf,
  textField,
  textOf,
  textsOf,
} from "./proto.ts";

/** Field numbers of onnx/onnx.proto. */
const ATTRIBUTE = { name: 1, float: 2, int: 3, graph: 6, ints: 8, graphs: 11, type: 20 };
const NODE = { input: 1, output: 2, opType: 4, attribute: 5, domain: 7 };
const TENSOR = { dims: 1, dataType: 2, floatData: 4, name: 8, rawData: 9 };
const FLOAT = 1;
const INT64 = 7;
const TYPE_INT = 2;
const TYPE_INTS = 7;

/** A node, with the fields it was read from. */
export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, readonly Field[]>;
  readonly fields: readonly Field[];
}

export function readNode(fields: readonly Field[], parse: (message: Uint8Array) => Field[]): Node {
  const attributes = messagesOf(fields, NODE.attribute).map(parse);
  return {
    op: textOf(fields, NODE.opType),
    domain: textOf(fields, NODE.domain),
    inputs: textsOf(fields, NODE.input),
    outputs: textsOf(fields, NODE.output),
    attributes: new Map(attributes.map((attribute) => [textOf(attribute, ATTRIBUTE.name), attribute])),
    fields,
  };
}

/** A branch or a loop body, which sees the values of the graph around it without naming them as inputs. */
export function hasSubgraph({ attributes }: Node): boolean {
  return [...attributes.values()].some((attribute) =>
    attribute.some(({ number }) => number === ATTRIBUTE.graph || number === ATTRIBUTE.graphs),
  );
}

export function intAttribute({ attributes }: Node, name: string, otherwise: number): number {
  return intsOf(attributes.get(name) ?? [], ATTRIBUTE.int)[0] ?? otherwise;
}

export function floatAttribute({ attributes }: Node, name: string, otherwise: number): number {
  const value = attributes.get(name)?.find(({ number }) => number === ATTRIBUTE.float)?.value;
  if (!(value instanceof Uint8Array)) return otherwise;
  return new DataView(value.buffer, value.byteOffset).getFloat32(0, true);
}

/** The same node on other values. */
export function renamed({ fields }: Node, inputs: readonly string[], outputs: readonly string[]): readonly Field[] {
  const rest = fields.filter(({ number }) => number !== NODE.input && number !== NODE.output);
  return [
    ...inputs.map((name) => textField(NODE.input, name)),
    ...outputs.map((name) => textField(NODE.output, name)),
    ...rest,
  ];
}

export function makeNode(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): readonly Field[] {
  return [
    ...inputs.map((name) => textField(NODE.input, name)),
    textField(NODE.output, output),
    textField(NODE.opType, op),
    ...Object.entries(attributes).map(([name, value]) => messageField(NODE.attribute, makeAttribute(name, value))),
  ];
}

function makeAttribute(name: string, value: number | readonly number[]): Field[] {
  const named = textField(ATTRIBUTE.name, name);
  if (typeof value === "number") return [named, intField(ATTRIBUTE.int, value), intField(ATTRIBUTE.type, TYPE_INT)];
  return [named, ...value.map((item) => intField(ATTRIBUTE.ints, item)), intField(ATTRIBUTE.type, TYPE_INTS)];
}

/** A constant of the graph; its elements are read when they are asked for. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly isFloat: boolean;
  readonly fields: readonly Field[];
}

export function readInitializer(fields: readonly Field[]): Initializer {
  return {
    name: textOf(fields, TENSOR.name),
    dims: intsOf(fields, TENSOR.dims),
    isFloat: intsOf(fields, TENSOR.dataType)[0] === FLOAT,
    fields,
  };
}

/** The elements of a float32 constant; `undefined` where they are in another file. */
export function floatsOf({ dims, fields }: Initializer): Float32Array | undefined {
  const [bytes, ...more] = [...messagesOf(fields, TENSOR.rawData), ...messagesOf(fields, TENSOR.floatData)];
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (bytes === undefined || more.length > 0 || bytes.length !== count * 4) return undefined;
  // A copy, and not `slice`, which on a Buffer is another view.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Float32Array(aligned.buffer, aligned.byteOffset, count);
}

export function makeFloats(name: string, dims: readonly number[], data: Float32Array): readonly Field[] {
  return makeTensor(name, dims, FLOAT, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

export function makeInts(name: string, data: readonly number[]): readonly Field[] {
  return makeTensor(name, [data.length], INT64, new Uint8Array(BigInt64Array.from(data, BigInt).buffer));
}

function makeTensor(name: string, dims: readonly number[], type: number, raw: Uint8Array): readonly Field[] {
  return [
    ...dims.map((dim) => intField(TENSOR.dims, dim)),
    intField(TENSOR.dataType, type),
    textField(TENSOR.name, name),
    bytesField(TENSOR.rawData, raw),
  ];
}
