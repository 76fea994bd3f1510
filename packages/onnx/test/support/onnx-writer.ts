/** ONNX `TensorProto.DataType` numbers (onnx/onnx.proto). */
export const ONNX_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
} as const;

export type OnnxTypeName = keyof typeof ONNX_TYPE;

export interface ValueSpec {
  readonly name: string;
  readonly type: OnnxTypeName;
  /** A string is a named dimension, `null` an unnamed one; without a shape even the rank is unknown. */
  readonly shape?: readonly (number | string | null)[];
  /** A sequence of maps from int64 or string to float32, as ZipMap gives; `type` and `shape` are ignored. */
  readonly zipMap?: boolean | "string";
  /** A sequence of tensors of this type. */
  readonly sequence?: boolean;
}

export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly texts: readonly string[] };

export interface NodeSpec {
  readonly name?: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface InitializerSpec {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: "float32" | "int64";
  /** A function is called when its turn to be written comes, so that large weights need not be held together. */
  readonly data: readonly number[] | Float32Array | (() => Float32Array);
}

export interface GraphSpec {
  readonly nodes: readonly NodeSpec[];
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  readonly initializers?: readonly InitializerSpec[];
  readonly opset?: number;
}

const IR_VERSION = 8;
const utf8 = new TextEncoder();

function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

const int = (field: number, value: number | bigint): Uint8Array =>
  Uint8Array.from([...varint(field << 3), ...varint(value)]);

function bytes(field: number, payload: Uint8Array): Uint8Array {
  return concat([Uint8Array.from([...varint((field << 3) | 2), ...varint(payload.length)]), payload]);
}

const text = (field: number, value: string): Uint8Array => bytes(field, utf8.encode(value));
const message = (field: number, parts: readonly Uint8Array[]): Uint8Array => bytes(field, concat(parts));

function float(field: number, value: number): Uint8Array {
  return concat([Uint8Array.from(varint((field << 3) | 5)), new Uint8Array(Float32Array.of(value).buffer)]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function dimension(dim: number | string | null): Uint8Array {
  if (dim === null) return message(1, []);
  return message(1, [typeof dim === "number" ? int(1, dim) : text(2, dim)]);
}

function tensorType({ type, shape }: ValueSpec): Uint8Array {
  const parts = [int(1, ONNX_TYPE[type])];
  if (shape !== undefined) parts.push(message(2, shape.map(dimension)));
  return message(1, parts);
}

function zipMapType(key: "int64" | "string"): Uint8Array {
  const floats = message(2, [message(1, [int(1, ONNX_TYPE.float32), message(2, [])])]);
  const map = message(5, [int(1, ONNX_TYPE[key]), floats]);
  return message(4, [message(1, [map])]);
}

function valueInfo(field: number, value: ValueSpec): Uint8Array {
  return message(field, [text(1, value.name), message(2, [typeOf(value)])]);
}

function typeOf(value: ValueSpec): Uint8Array {
  if (value.zipMap) return zipMapType(value.zipMap === true ? "int64" : value.zipMap);
  return value.sequence ? message(4, [message(1, [tensorType(value)])]) : tensorType(value);
}

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === "number") return message(5, [text(1, name), int(3, value), int(20, 2)]);
  if (typeof value === "string") return message(5, [text(1, name), text(4, value), int(20, 3)]);
  if ("texts" in value) return message(5, [text(1, name), ...value.texts.map((item) => text(9, item)), int(20, 8)]);
  if ("float" in value) return message(5, [text(1, name), float(2, value.float), int(20, 1)]);
  return message(5, [text(1, name), ...value.map((item) => int(8, item)), int(20, 7)]);
}

function node({ name, op, inputs, outputs, domain, attributes }: NodeSpec): Uint8Array {
  return message(1, [
    ...inputs.map((input) => text(1, input)),
    ...outputs.map((output) => text(2, output)),
    ...(name === undefined ? [] : [text(3, name)]),
    text(4, op),
    ...Object.entries(attributes ?? {}).map(([key, value]) => attribute(key, value)),
    ...(domain === undefined ? [] : [text(7, domain)]),
  ]);
}

/** The elements of an initializer are the last thing in it: all before them, and then they themselves. */
function initializerHead({ name, dims, type }: InitializerSpec): Uint8Array {
  const size = dims.reduce((count, dim) => count * dim, type === "float32" ? 4 : 8);
  const fields = concat([
    ...dims.map((dim) => int(1, dim)),
    int(2, ONNX_TYPE[type]),
    text(8, name),
    Uint8Array.from([...varint((9 << 3) | 2), ...varint(size)]),
  ]);
  return concat([Uint8Array.from([...varint((5 << 3) | 2), ...varint(fields.length + size)]), fields]);
}

function rawBytes({ type, data }: InitializerSpec): Uint8Array {
  const elements = typeof data === "function" ? data() : data;
  if (type === "int64") return new Uint8Array(BigInt64Array.from(elements, BigInt).buffer);
  const floats = elements instanceof Float32Array ? elements : Float32Array.from(elements);
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

/** The bytes of an ONNX `ModelProto` in order, written by hand so that nothing needs Python. */
export function* onnxPieces({
  nodes,
  inputs,
  outputs,
  initializers = [],
  opset = 17,
}: GraphSpec): Generator<Uint8Array> {
  const graph = concat([
    ...nodes.map(node),
    text(2, "graph"),
    ...inputs.map((value) => valueInfo(11, value)),
    ...outputs.map((value) => valueInfo(12, value)),
  ]);
  const heads = initializers.map(initializerHead);
  const weights = initializers.reduce(
    (total, { dims, type }) => total + dims.reduce((count, dim) => count * dim, type === "float32" ? 4 : 8),
    0,
  );
  const graphBytes = graph.length + heads.reduce((total, head) => total + head.length, weights);
  yield int(1, IR_VERSION);
  yield Uint8Array.from([...varint((7 << 3) | 2), ...varint(graphBytes)]);
  yield graph;
  for (const [index, spec] of initializers.entries()) {
    yield heads[index]!;
    yield rawBytes(spec);
  }
  yield message(8, [text(1, ""), int(2, opset)]);
  yield message(8, [text(1, "ai.onnx.ml"), int(2, 3)]);
}

export function writeOnnx(spec: GraphSpec): Uint8Array {
  return concat([...onnxPieces(spec)]);
}

/** One Identity node from input `x` to output `y`. */
export function identity(type: OnnxTypeName, shape?: readonly (number | string | null)[]): Uint8Array {
  const of = (name: string): ValueSpec => (shape === undefined ? { name, type } : { name, type, shape });
  return writeOnnx({
    nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
    inputs: [of("x")],
    outputs: [of("y")],
  });
}
