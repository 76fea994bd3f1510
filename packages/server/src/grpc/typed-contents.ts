import { TricastError } from "@tricast/core";
import type { Charge } from "@tricast/core/adapter";
import type { NumericArray } from "../protocols/open-inference/tensors/datatypes.ts";
import { BYTES, FIXED32, FIXED64, malformed, VARINT, WireReader } from "./wire-reader.ts";

interface Form {
  readonly field: number;
  /** Its type in protobuf. */
  readonly name: string;
  /** Wire type of one element. Many elements may also be packed into one field. */
  readonly type: number;
  readonly array: { new (length: number): NumericArray; readonly BYTES_PER_ELEMENT: number };
}

/** The fields of `InferTensorContents` for numbers. */
const FORMS = {
  bool_contents: { field: 1, name: "bool", type: VARINT, array: Uint8Array },
  int_contents: { field: 2, name: "int32", type: VARINT, array: Int32Array },
  int64_contents: { field: 3, name: "int64", type: VARINT, array: BigInt64Array },
  uint_contents: { field: 4, name: "uint32", type: VARINT, array: Uint32Array },
  uint64_contents: { field: 5, name: "uint64", type: VARINT, array: BigUint64Array },
  fp32_contents: { field: 6, name: "float", type: FIXED32, array: Float32Array },
  fp64_contents: { field: 7, name: "double", type: FIXED64, array: Float64Array },
} satisfies Readonly<Record<string, Form>>;
const BYTES_FIELD = 8;

type NumberMember = keyof typeof FORMS;
export type ContentsMember = NumberMember | "bytes_contents";

/** The type and the number of each field of `InferTensorContents`. */
export const CONTENTS_FIELDS = Object.fromEntries([
  ...Object.entries(FORMS).map(([member, { name, field }]) => [member, [`repeated ${name}`, field] as const] as const),
  ["bytes_contents", ["repeated bytes", BYTES_FIELD] as const] as const,
]);

/** Memory of a short string and its slot in a list. */
const BYTES_PER_TEXT = 40;

/** Takes memory for elements. @throws {TricastError} `body-too-large`. */
export type MemoryBudget = (elements: number, bytesEach: number) => void;

/**
 * Limits the memory of all typed contents of one message: one byte on the wire may take eight bytes in memory. `charge` takes
 * it from the memory of all requests.
 */
export function memoryBudget(most: number, charge?: Charge): MemoryBudget {
  let taken = 0;
  return (elements, bytesEach) => {
    taken += elements * bytesEach;
    if (taken <= most) return charge?.(elements * bytesEach);
    throw new TricastError(
      "body-too-large",
      `The typed contents have ${elements} elements and take ${taken} bytes in memory; the limit is ${most} (4 x maxBodyBytes). Send them in raw_input_contents`,
    );
  };
}

/** The elements of one tensor, decoded on demand. */
export class TypedContents {
  private readonly reader: () => WireReader;
  private readonly budget: MemoryBudget;

  constructor({ bytes, start, stop }: WireReader, budget: MemoryBudget) {
    this.reader = () => new WireReader(bytes, start, stop);
    this.budget = budget;
  }

  /** The number of elements of `member`. @throws {TricastError} `invalid-body`. */
  count(member: ContentsMember): number {
    const reader = this.reader();
    let count = 0;
    const { field, type } = member === "bytes_contents" ? { field: BYTES_FIELD, type: BYTES } : FORMS[member];
    while (reader.next()) {
      if (reader.field === field && (reader.type === type || reader.type === BYTES))
        count += reader.type === type ? 1 : packedCount(reader, type);
      reader.skip(reader.field <= BYTES_FIELD);
    }
    return count;
  }

  /** The `count` numbers of `member`. @throws {TricastError} `invalid-body`, `body-too-large`. */
  numbers(member: NumberMember, count: number): NumericArray {
    const { field, type, array }: Form = FORMS[member];
    this.budget(count, array.BYTES_PER_ELEMENT);
    const elements = new array(count);
    const write = type === VARINT ? varintsInto(elements) : fixedInto(elements);
    const reader = this.reader();
    let index = 0;
    while (reader.next()) {
      if (reader.field !== field || (reader.type !== type && reader.type !== BYTES)) reader.skip(true);
      else if (reader.type === type) write(reader, index++, 1);
      else {
        const packed = packedCount(reader, type);
        write(new WireReader(reader.bytes, reader.start, reader.stop), index, packed);
        index += packed;
      }
    }
    return elements;
  }

  /** The elements of `bytes_contents`, each made by `make`. @throws {TricastError} `invalid-body`, `body-too-large`. */
  texts(count: number, make: (index: number, bytes: Uint8Array) => string): readonly string[] {
    this.budget(count, BYTES_PER_TEXT);
    const reader = this.reader();
    const elements: string[] = [];
    while (reader.next()) {
      if (reader.field === BYTES_FIELD && reader.type === BYTES)
        elements.push(make(elements.length, reader.bytes.subarray(reader.start, reader.stop)));
      reader.skip(true);
    }
    return elements;
  }
}

/** The number of elements in the packed field at the reader. */
function packedCount({ bytes, start, stop }: WireReader, type: number): number {
  if (type !== VARINT) {
    const count = (stop - start) / (type === FIXED32 ? 4 : 8);
    if (!Number.isInteger(count)) throw malformed("packed numbers have an odd length");
    return count;
  }
  // An incomplete last number is counted, so that reading it fails.
  let count = stop > start && (bytes[stop - 1] as number) >= 128 ? 1 : 0;
  for (let at = start; at < stop; at++) if ((bytes[at] as number) < 128) count++;
  return count;
}

/** Writes the next `count` values of the reader from `index` on. */
type Write = (reader: WireReader, index: number, count: number) => void;

function varintsInto(elements: NumericArray): Write {
  // Written in two halves, because a bigint is an object. All supported platforms are little-endian.
  const halves = elements.BYTES_PER_ELEMENT === 8 ? new Uint32Array(elements.buffer) : undefined;
  const isBool = elements instanceof Uint8Array;
  const numbers = elements as Int32Array;
  return (reader, index, count) => {
    for (let at = index; at < index + count; at++) {
      reader.varint();
      if (halves !== undefined) {
        halves[2 * at] = reader.low;
        halves[2 * at + 1] = reader.high;
      } else numbers[at] = isBool ? Number(reader.low !== 0 || reader.high !== 0) : reader.low;
    }
  };
}

function fixedInto(elements: NumericArray): Write {
  const size = elements.BYTES_PER_ELEMENT;
  const out = new Uint8Array(elements.buffer);
  return (reader, index, count) => {
    const from = reader.fixed(count * size);
    out.set(reader.bytes.subarray(from, from + count * size), index * size);
  };
}
