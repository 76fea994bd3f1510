import type { Bytes } from "../graph/bytes.ts";
import { LONGEST_LIST, LONGEST_LIST_BYTES } from "../graph/model.ts";
import { type Field, FLOAT32, FLOAT64, fieldsOf, fixedOf, textOf, varintsOf } from "../graph/protobuf.ts";
import { DATATYPES } from "../tensor/datatypes.ts";
import { elementCount, Tensor } from "../tensor/tensor.ts";
import { ARRAY_OF, isTensorType, type NumericTensorType, type TensorData, type TensorType } from "../tensor/types.ts";
import { integersOf } from "./integers.ts";

const TYPE_NAME: ReadonlyMap<number, string> = new Map(DATATYPES.map(([number, name]) => [number, name]));
const EXTERNAL = 1;

/**
 * An initializer (`TensorProto`) as a tensor; `undefined` for one of more than {@link LONGEST_LIST} elements, which are
 * weights, for one in another file, and for a type that the addon cannot pass on.
 */
export function readDefault(bytes: Bytes, initializer: Field): Tensor | undefined {
  const dims: number[] = [];
  const content: Field[] = [];
  let [type, isExternal] = ["", false];
  for (const field of fieldsOf(bytes, initializer)) {
    if (field.number === 1) dims.push(...varintsOf(bytes, field));
    else if (field.number === 2) type = TYPE_NAME.get(field.value ?? 0) ?? "";
    else if (field.number === 14) isExternal = field.value === EXTERNAL;
    else if (field.number >= 4 && field.number <= 11 && field.number !== 8) content.push(field);
  }
  const isLong =
    elementCount(dims) > LONGEST_LIST || content.some(({ start, end }) => end - start > LONGEST_LIST_BYTES);
  if (isExternal || isLong || !isTensorType(type)) return undefined;
  const data = dataOf(bytes, type, content);
  return data.length === elementCount(dims) ? new Tensor(type, data, dims) : undefined;
}

const RAW = 9;

function dataOf(bytes: Bytes, type: TensorType, content: readonly Field[]): TensorData {
  if (type === "string") return content.filter(({ number }) => number === 6).map((field) => textOf(bytes, field));
  const raw = content.find(({ number }) => number === RAW);
  if (raw !== undefined) return fromRaw(bytes, type, raw);
  const numbers = content.flatMap((field): (number | bigint)[] => {
    if (field.number === 4) return fixedOf(bytes, field, FLOAT32);
    return field.number === 10 ? fixedOf(bytes, field, FLOAT64) : integersOf(bytes, field);
  });
  const data = new ARRAY_OF[type](numbers.length) as unknown as Record<number, number | bigint>;
  const convert = type === "int64" || type === "uint64" ? BigInt : Number;
  for (const [index, number] of numbers.entries()) data[index] = convert(number);
  return data as unknown as TensorData;
}

/** A copy, because wider elements need an aligned start. */
function fromRaw(bytes: Bytes, type: NumericTensorType, { start, end }: Field): TensorData {
  const copy = Uint8Array.from(bytes.slice(start, end));
  const width = ARRAY_OF[type].BYTES_PER_ELEMENT;
  return new ARRAY_OF[type](copy.buffer, 0, Math.floor(copy.length / width));
}
