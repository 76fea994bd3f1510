import { show } from "@tricast/core/adapter";
import {
  ARRAY_OF,
  type Datatype,
  type IntegerDatatype,
  type NumericArray,
  type NumericDatatype,
  RANGE,
} from "./datatypes.ts";
import { elementCount, showShape } from "./shape.ts";
import { type InputLocation, within, wrongTensor } from "./tensor-error.ts";

/**
 * The elements of a tensor whose `data` is JSON: lists nested as deep as the shape, or one flat list, row-major.
 * Memory is allocated after the lists are known to have as many elements as the shape.
 *
 * Integers are numbers, or `bigint` where the exact parser returns one. 64-bit integers may be decimal strings, floats
 * may be `"NaN"`, `"Infinity"` and `"-Infinity"`, and booleans may be 0 and 1.
 * @throws {TricastError} `invalid-tensor`, with the input, the expected value and the value seen.
 */
export function tensorFromJson(
  location: InputLocation,
  datatype: Datatype,
  shape: readonly number[],
  data: unknown,
): NumericArray | readonly string[] {
  const at = within(location, "data");
  if (datatype === "FP16") throw wrongTensor(at, "FP16 as binary data, because JSON cannot hold it", "a JSON list");
  const rows = rowsOf(at, shape, data);
  if (datatype === "BYTES") return rows.length === 1 ? strings(at, rows[0]!) : rows.flatMap((row) => strings(at, row));
  return fill(at, datatype, rows, elementCount(shape));
}

/** The innermost lists in order; a single list if the data is flat. */
function rowsOf(location: InputLocation, shape: readonly number[], data: unknown): readonly (readonly unknown[])[] {
  if (!Array.isArray(data)) {
    if (shape.length === 0 && data !== undefined) return [[data]];
    throw wrongTensor(location, "data to be a list", data === undefined ? "none" : show(data));
  }
  if (shape.length > 1 && Array.isArray(data[0])) return nestedRows(location, shape, data);
  const count = elementCount(shape);
  if (data.length !== count)
    throw wrongTensor(location, `${count} elements for shape ${showShape(shape)}`, `${data.length}`);
  return [data];
}

function nestedRows(location: InputLocation, shape: readonly number[], data: unknown): readonly (readonly unknown[])[] {
  const rows: (readonly unknown[])[] = [];
  const collect = (list: unknown, axis: number): void => {
    const size = shape[axis]!;
    if (!Array.isArray(list) || list.length !== size) {
      const got = Array.isArray(list) ? `a list of ${list.length}` : show(list);
      throw wrongTensor(location, `a list of ${size} at level ${axis + 1} for shape ${showShape(shape)}`, got);
    }
    if (axis === shape.length - 1) rows.push(list);
    else for (const inner of list) collect(inner, axis + 1);
  };
  collect(data, 0);
  return rows;
}

/** Numeric datatypes that JSON can hold. */
export type NumericJson = Exclude<NumericDatatype, "FP16">;

/**
 * Elements in the array of `datatype`. They may arrive in a wider array, such as INT8 in 32 bits. An array of the right
 * type is returned as it is.
 * @throws {TricastError} `invalid-tensor` for an element that is out of range.
 */
export function narrowed(location: InputLocation, datatype: NumericJson, elements: NumericArray): NumericArray {
  if (elements instanceof ARRAY_OF[datatype]) return elements;
  const at = within(location, "data");
  return fill(at, datatype, [elements as ArrayLike<unknown>], elements.length);
}

function fill(
  location: InputLocation,
  datatype: NumericJson,
  rows: readonly ArrayLike<unknown>[],
  count: number,
): NumericArray {
  const out = new ARRAY_OF[datatype](count);
  const write = WRITE[datatype];
  let offset = 0;
  for (const row of rows) {
    const bad = write(row, out as never, offset);
    if (bad !== -1) throw wrongTensor(location, `${wanted(datatype)} at element ${offset + bad}`, shown(row[bad]));
    offset += row.length;
  }
  return out;
}

function shown(value: unknown): string {
  return typeof value === "bigint" ? String(value) : show(value);
}

function wanted(datatype: NumericJson): string {
  if (datatype === "BOOL") return "a BOOL (true, false, 1 or 0)";
  if (datatype === "FP32" || datatype === "FP64") return `a number within ${datatype}`;
  const [min, max] = RANGE[datatype];
  return `a whole number from ${min} to ${max} (${datatype})`;
}

/** Writes a row from `offset` on. Returns the index of the first element that does not fit, or -1. */
type Writer = (row: ArrayLike<unknown>, out: never, offset: number) => number;

const SPELLED: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

/** Half a step above the largest FP32. Numbers from here on round to infinity. */
const FP32_OVERFLOW = 2 ** 128 - 2 ** 103;

function floats(overflow: number): Writer {
  return (row, out: Float64Array, offset) => {
    for (let i = 0; i < row.length; i++) {
      const value = row[i];
      // JSON has no infinity: a number that parses to infinity was out of range.
      if (typeof value === "number" && value < overflow && value > -overflow) out[offset + i] = value;
      else {
        const unusual = typeof value === "bigint" ? Number(value) : SPELLED.get(value);
        if (unusual === undefined || (typeof value === "bigint" && Math.abs(unusual) >= overflow)) return i;
        out[offset + i] = unusual;
      }
    }
    return -1;
  };
}

/** An integer array changes every number that is not an integer in its range. */
const integers: Writer = (row, out: Int32Array, offset) => {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (typeof value !== "number") return i;
    out[offset + i] = value;
    if (out[offset + i] !== value) return i;
  }
  return -1;
};

const INTEGER_TEXT = /^-?\d{1,20}$/;

function exactInteger(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  return typeof value === "string" && INTEGER_TEXT.test(value) ? BigInt(value) : undefined;
}

function integers64(datatype: IntegerDatatype): Writer {
  const [min, max] = RANGE[datatype];
  return (row, out: BigInt64Array, offset) => {
    for (let i = 0; i < row.length; i++) {
      const value = exactInteger(row[i]);
      if (value === undefined || value < min || value > max) return i;
      out[offset + i] = value;
    }
    return -1;
  };
}

const booleans: Writer = (row, out: Uint8Array, offset) => {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (value === true || value === 1) out[offset + i] = 1;
    else if (value !== false && value !== 0) return i;
  }
  return -1;
};

const WRITE: { readonly [D in NumericJson]: Writer } = {
  FP32: floats(FP32_OVERFLOW),
  FP64: floats(Infinity),
  INT8: integers,
  INT16: integers,
  INT32: integers,
  UINT8: integers,
  UINT16: integers,
  UINT32: integers,
  INT64: integers64("INT64"),
  UINT64: integers64("UINT64"),
  BOOL: booleans,
};

function strings(location: InputLocation, row: readonly unknown[]): readonly string[] {
  const bad = row.findIndex((value) => typeof value !== "string");
  if (bad !== -1) throw wrongTensor(location, `a string at element ${bad} (BYTES)`, shown(row[bad]));
  return row as readonly string[];
}
