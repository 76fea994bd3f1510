import { FLOAT16_OVERFLOW, float16Bits } from "./float16.ts";
import { isList, show } from "./mismatch.ts";
import { isFloat, isInteger64, type TensorType } from "./types.ts";

/**
 * Handling of NaN and infinities in an input. `"allow"` accepts them as numbers and as the strings `"NaN"`, `"Infinity"`,
 * `"-Infinity"`. `"spelled"` accepts only the strings, because a number that JSON read as infinity was out of range.
 * `"refuse"` accepts neither.
 */
export type NonFinite = "allow" | "spelled" | "refuse";

/** Writes one row of elements from `offset` on. Returns the index of the first element that does not fit, or -1. */
export type RowWriter = (row: ArrayLike<unknown>, out: never, offset: number, nonFinite: NonFinite) => number;

interface Writable<Element> {
  [index: number]: Element;
}

/** Half a step over the largest finite float32. This and larger numbers are rounded to infinity. */
const FLOAT32_OVERFLOW = 2 ** 128 - 2 ** 103;

const SPELLED: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Infinity, "-Infinity": -Infinity };

/** The number for a value outside the fast path of the writers, which accepts finite numbers in range. */
function unusualFloat(value: unknown, overflow: number, nonFinite: NonFinite): number | undefined {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Math.abs(number) < overflow ? number : undefined;
  }
  if (nonFinite === "refuse") return undefined;
  if (typeof value === "string") return Object.hasOwn(SPELLED, value) ? SPELLED[value] : undefined;
  if (typeof value !== "number" || Number.isFinite(value)) return undefined;
  return nonFinite === "allow" ? value : undefined;
}

/** Writes finite numbers in range, from `start` on. Returns the index of the first other value, or -1. */
type FastWriter = (row: ArrayLike<unknown>, out: Writable<number>, offset: number, start: number) => number;

// Three loops that differ in one expression. As a parameter or a closure, that expression takes twice the time.

const fastFloat32: FastWriter = (row, out, offset, start) => {
  const { length } = row;
  for (let i = start; i < length; i++) {
    const value = row[i];
    if (typeof value !== "number" || !(value < FLOAT32_OVERFLOW && value > -FLOAT32_OVERFLOW)) return i;
    out[offset + i] = value;
  }
  return -1;
};

const fastFloat64: FastWriter = (row, out, offset, start) => {
  const { length } = row;
  for (let i = start; i < length; i++) {
    const value = row[i];
    if (typeof value !== "number" || value - value !== 0) return i;
    out[offset + i] = value;
  }
  return -1;
};

const fastFloat16: FastWriter = (row, out, offset, start) => {
  const { length } = row;
  for (let i = start; i < length; i++) {
    const value = row[i];
    if (typeof value !== "number" || !(value < FLOAT16_OVERFLOW && value > -FLOAT16_OVERFLOW)) return i;
    out[offset + i] = float16Bits(value);
  }
  return -1;
};

/** Continues the fast loop after each unusual value. */
function floats(fast: FastWriter, overflow: number, store: (value: number) => number): RowWriter {
  return (row, out: Writable<number>, offset, nonFinite) => {
    let stop = fast(row, out, offset, 0);
    while (stop >= 0) {
      const unusual = unusualFloat(row[stop], overflow, nonFinite);
      if (unusual === undefined) return stop;
      out[offset + stop] = store(unusual);
      stop = fast(row, out, offset, stop + 1);
    }
    return -1;
  };
}

const asNumber = (value: number): number => value;

/** An integer array stores exactly the integers in its range. A value that it changes does not fit. */
const integers: RowWriter = (row, out: Writable<number>, offset) => {
  const { length } = row;
  for (let i = 0; i < length; i++) {
    const value = row[i];
    if (typeof value !== "number") return i;
    out[offset + i] = value;
    if (out[offset + i] !== value) return i;
  }
  return -1;
};

const INTEGER_TEXT = /^-?\d{1,20}$/;

/** A safe number, a bigint or decimal text as a bigint; `undefined` for other values. */
function exactInteger(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  return typeof value === "string" && INTEGER_TEXT.test(value) ? BigInt(value) : undefined;
}

function integers64(min: bigint, max: bigint): RowWriter {
  return (row, out: Writable<bigint>, offset) => {
    for (let i = 0; i < row.length; i++) {
      const value = exactInteger(row[i]);
      if (value === undefined || value < min || value > max) return i;
      out[offset + i] = value;
    }
    return -1;
  };
}

const booleans: RowWriter = (row, out: Writable<number>, offset) => {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (value === true || value === 1) out[offset + i] = 1;
    else if (value === false || value === 0) out[offset + i] = 0;
    else return i;
  }
  return -1;
};

const strings: RowWriter = (row, out: Writable<string>, offset) => {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    // The runtime's binding reads C strings, which end at NUL, and replaces lone surrogates.
    if (typeof value !== "string" || value.includes("\0") || !value.isWellFormed()) return i;
    out[offset + i] = value;
  }
  return -1;
};

/** The smallest and the largest value of each integer type. */
export const RANGE = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

const LARGEST = { float32: "3.4028234663852886e38", float64: "1.7976931348623157e308", float16: "65504" } as const;

export const ROW_WRITER: { readonly [T in TensorType]: RowWriter } = {
  float32: floats(fastFloat32, FLOAT32_OVERFLOW, asNumber),
  float64: floats(fastFloat64, Infinity, asNumber),
  float16: floats(fastFloat16, FLOAT16_OVERFLOW, float16Bits),
  int8: integers,
  int16: integers,
  int32: integers,
  int64: integers64(...RANGE.int64),
  uint8: integers,
  uint16: integers,
  uint32: integers,
  uint64: integers64(...RANGE.uint64),
  bool: booleans,
  string: strings,
};

/** Why a row writer refused an element. */
export function explainElement(type: TensorType, value: unknown, nonFinite: NonFinite): string {
  if (type === "string") return explainString(value);
  if (type === "bool") return `expected a bool (true, false, 1 or 0), got ${show(value)}`;
  if (isFloat(type)) return explainFloat(type, value, nonFinite);
  return explainInteger(type, value);
}

function explainString(value: unknown): string {
  if (typeof value !== "string") return `expected a string, got ${show(value)}`;
  if (value.includes("\0"))
    return `the string ${show(value)} contains a NUL character, where ONNX Runtime would cut it; remove it`;
  return `the string ${show(value)} contains a lone surrogate, which UTF-8 cannot encode; remove it`;
}

function explainFloat(type: keyof typeof LARGEST, value: unknown, nonFinite: NonFinite): string {
  if (typeof value === "bigint") return outOfRange(type, value);
  if (typeof value === "number" && Number.isFinite(value)) return outOfRange(type, value);
  const spelled = typeof value === "string" && Object.hasOwn(SPELLED, value);
  if (nonFinite === "refuse" && (typeof value === "number" || spelled)) {
    return `${String(value)} is refused here: expected a finite ${type}`;
  }
  if (typeof value === "number") {
    return `the number is out of range for ${type} (largest ${LARGEST[type]}); for infinity, send the string "Infinity"`;
  }
  return `expected a ${type} number, got ${show(value)}`;
}

function outOfRange(type: keyof typeof LARGEST, value: number | bigint): string {
  return `${value} is out of range for ${type} (largest ${LARGEST[type]})`;
}

function explainInteger(type: keyof typeof RANGE, value: unknown): string {
  const [min, max] = RANGE[type];
  if (isInteger64(type) && typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return `${value} is larger than the integers that a number stores exactly; send the ${type} as a decimal string, or a bigint`;
  }
  if (typeof value === "number" && Number.isFinite(value) && !Number.isInteger(value)) {
    return `expected an integer (${type}), got ${value}`;
  }
  const integer =
    typeof value === "number" ? Number.isInteger(value) : !isList(value) && exactInteger(value) !== undefined;
  if (integer && (isInteger64(type) || typeof value !== "string")) {
    return `${value} is out of range for ${type} (${min} to ${max})`;
  }
  return `expected an integer (${type}), got ${show(value)}`;
}
