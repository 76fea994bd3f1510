import { type Bytes, notOnnx } from "./bytes.ts";
import { type Constant, type ExternalTensor, LONGEST_LIST, LONGEST_LIST_BYTES, TYPE } from "./model.ts";
import { type Field, type FixedReader, FLOAT32, FLOAT64, fieldsOf, fixedOf, textOf, varintsOf } from "./protobuf.ts";

/** The bytes of a model, and the weights in other files that were found so far. */
export interface ModelBytes extends Bytes {
  readonly externalTensors: ExternalTensor[];
}

const EXTERNAL = 1;

/** `TensorProto`, with the elements of a small one. */
export function readTensor(bytes: ModelBytes, tensor: Field): Constant {
  const dims: number[] = [];
  const content: Field[] = [];
  const location: [string, string][] = [];
  let [name, type, isExternal] = ["", 0, false];
  for (const field of fieldsOf(bytes, tensor)) {
    if (field.number === 1) readDims(bytes, field, dims);
    else if (field.number === 2) type = field.value ?? 0;
    else if (field.number === 8) name = textOf(bytes, field);
    else if (field.number === 13) location.push(readEntry(bytes, field));
    else if (field.number === 14) isExternal = field.value === EXTERNAL;
    else if (CONTENT_FIELDS.has(field.number) && content.length <= LONGEST_LIST) content.push(field);
  }
  if (isExternal) bytes.externalTensors.push(toExternal(name, Object.fromEntries(location)));
  const count = dims.reduce((product, dim) => product * dim, 1);
  const isShort = count <= LONGEST_LIST && content.every(({ start, end }) => end - start <= LONGEST_LIST_BYTES);
  const values = isShort && !isExternal ? elementsOf(bytes, type, content) : undefined;
  return { name, type, dims, values: values?.length === count ? values : undefined };
}

/** `SparseTensorProto`. Its values contain its name and type. */
export function readSparseTensor(bytes: ModelBytes, tensor: Field): Constant {
  let [name, type] = ["", 0];
  const dims: number[] = [];
  for (const field of fieldsOf(bytes, tensor)) {
    if (field.number === 1) ({ name, type } = readTensor(bytes, field));
    else if (field.number === 2) readTensor(bytes, field);
    else if (field.number === 3) readDims(bytes, field, dims);
  }
  return { name, type, dims, values: undefined };
}

/** `StringStringEntryProto`. */
export function readEntry(bytes: Bytes, entry: Field): [key: string, value: string] {
  let [key, value] = ["", ""];
  for (const field of fieldsOf(bytes, entry)) {
    if (field.number === 1) key = textOf(bytes, field);
    else if (field.number === 2) value = textOf(bytes, field);
  }
  return [key, value];
}

function toExternal(name: string, entries: Readonly<Record<string, string>>): ExternalTensor {
  const { location, offset = "0", length = "0" } = entries;
  const end = Number(offset) + Number(length);
  return { name, location, end: Number.isSafeInteger(end) ? end : 0 };
}

/** Far more than the rank of any tensor, and few enough for one call. */
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
    const raw = field.number === 9 ? RAW_READER[type] : undefined;
    if (raw !== undefined) return fixedOf(bytes, field, raw);
    // Floats of few bits are stored as the whole numbers that have their bits.
    if (!FIELD_TYPES[field.number]?.includes(type)) return [];
    if (field.number === 4) return fixedOf(bytes, field, FLOAT32);
    if (field.number === 10) return fixedOf(bytes, field, FLOAT64);
    const numbers = varintsOf(bytes, field);
    return field.number === 5 ? numbers.map((number) => number | 0) : numbers;
  });
}

/** The types whose elements a field stores unchanged. */
const FIELD_TYPES: { readonly [field: number]: readonly number[] } = {
  4: [TYPE.float],
  5: [TYPE.int32, TYPE.int16, TYPE.int8, TYPE.uint16, TYPE.uint8, TYPE.bool],
  7: [TYPE.int64],
  10: [TYPE.double],
  11: [TYPE.uint32, TYPE.uint64],
};

/** The types that shapes are computed from. Elements of other types count as unknown. */
const RAW_READER: Readonly<Record<number, FixedReader>> = {
  [TYPE.float]: FLOAT32,
  [TYPE.double]: FLOAT64,
  [TYPE.uint8]: { width: 1, at: (bytes, offset) => bytes.readUInt8(offset) },
  [TYPE.int8]: { width: 1, at: (bytes, offset) => bytes.readInt8(offset) },
  [TYPE.bool]: { width: 1, at: (bytes, offset) => bytes.readUInt8(offset) },
  [TYPE.int32]: { width: 4, at: (bytes, offset) => bytes.readInt32LE(offset) },
  [TYPE.int64]: { width: 8, at: (bytes, offset) => Number(bytes.readBigInt64LE(offset)) },
};
