import { FLOAT16_OVERFLOW, float16Bits } from "./float16.ts";
import { isList, show } from "./mismatch.ts";
import { isFloat, isInteger64, type TensorType } from "./types.ts";

/**
 * What becomes of NaN and infinities in an input. `"allow"` takes them as numbers or spelled `"NaN"`, `"Infinity"`,
 * `"-Infinity"`; `"spelled"` takes the spelled ones only, since a number that JSON read as infinity was out of range;
 * `"refuse"` takes none.
 */
export type NonFinite = "allow" | "spelled" | "refuse";

/** Writes one row of elements from `offset` on and gives the index of the first that does not fit, or -1. */
export type RowWriter = (row: ArrayLike<unknown>, out: never, offset: number, nonFinite: NonFinite) => number;

interface Writable<Element> {
  [index: number]: Element;
}

/** Half a step over the largest finite float32: from here on rounding gives infinity. */
const FLOAT32_OVERFLOW = 2 ** 128 - 2 ** 103;

const SPELLED: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Infinity, "-Infinity": -Infinity };

/** The number for anything but a finite number in range, which the writers take on their fast path. */
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

function floats(overflow: number): RowWriter {
  return (row, out: Writable<number>, offset, nonFinite) => {
    for (let i = 0; i < row.length; i++) {
      const value = row[i];
      if (typeof value === "number" && value < overflow && value > -overflow) out[offset + i] = value;
      else {
        const unusual = unusualFloat(value, overflow, nonFinite);
        if (unusual === undefined) return i;
        out[offset + i] = unusual;
      }
    }
    return -1;
  };
}

const halves: RowWriter = (row, out: Writable<number>, offset, nonFinite) => {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    const fits = typeof value === "number" && value < FLOAT16_OVERFLOW && value > -FLOAT16_OVERFLOW;
    const number = fits ? value : unusualFloat(value, FLOAT16_OVERFLOW, nonFinite);
    if (number === undefined) return i;
    out[offset + i] = float16Bits(number);
  }
  return -1;
};

function integers(min: number, max: number): RowWriter {
  return (row, out: Writable<number>, offset) => {
    for (let i = 0; i < row.length; i++) {
      const value = row[i];
      if (typeof value !== "number" || !(value >= min && value <= max) || Math.floor(value) !== value) return i;
      out[offset + i] = value;
    }
    return -1;
  };
}

const INTEGER_TEXT = /^-?\d{1,20}$/;

/** A safe number, a bigint or decimal text as a bigint; anything else has no exact integer. */
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

const RANGE: { readonly [T in TensorType]?: readonly [min: number | bigint, max: number | bigint] } = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

const OVERFLOW = { float32: FLOAT32_OVERFLOW, float64: Infinity, float16: FLOAT16_OVERFLOW } as const;
const LARGEST = { float32: "3.4028234663852886e38", float64: "1.7976931348623157e308", float16: "65504" } as const;

function integerWriter(type: TensorType): RowWriter {
  const [min, max] = RANGE[type]!;
  return typeof min === "bigint" ? integers64(min, max as bigint) : integers(min, max as number);
}

export const ROW_WRITER: { readonly [T in TensorType]: RowWriter } = {
  float32: floats(OVERFLOW.float32),
  float64: floats(OVERFLOW.float64),
  float16: halves,
  int8: integerWriter("int8"),
  int16: integerWriter("int16"),
  int32: integerWriter("int32"),
  int64: integerWriter("int64"),
  uint8: integerWriter("uint8"),
  uint16: integerWriter("uint16"),
  uint32: integerWriter("uint32"),
  uint64: integerWriter("uint64"),
  bool: booleans,
  string: strings,
};

/** Why an element that a row writer refused does not fit. */
export function explainElement(type: TensorType, value: unknown, nonFinite: NonFinite): string {
  if (type === "string") return explainString(value);
  if (type === "bool") return `expected a bool (true, false, 1 or 0), got ${show(value)}`;
  if (isFloat(type)) return explainFloat(type, value, nonFinite);
  return explainInteger(type, value);
}

function explainString(value: unknown): string {
  if (typeof value !== "string") return `expected a string, got ${show(value)}`;
  if (value.includes("\0")) return `the string ${show(value)} has a NUL character, at which ONNX Runtime would cut it`;
  return `the string ${show(value)} has a lone surrogate, which UTF-8 cannot hold`;
}

function explainFloat(type: keyof typeof OVERFLOW, value: unknown, nonFinite: NonFinite): string {
  if (typeof value === "bigint") return outOfRange(type, value);
  if (typeof value === "number" && Number.isFinite(value)) return outOfRange(type, value);
  const spelled = typeof value === "string" && Object.hasOwn(SPELLED, value);
  if (nonFinite === "refuse" && (typeof value === "number" || spelled)) {
    return `${String(value)} is refused here: expected a finite ${type}`;
  }
  if (typeof value === "number") {
    return `the number is out of range for ${type} (largest ${LARGEST[type]}); infinity itself is the string "Infinity"`;
  }
  return `expected a ${type} number, got ${show(value)}`;
}

function outOfRange(type: keyof typeof OVERFLOW, value: number | bigint): string {
  return `${value} is out of range for ${type} (largest ${LARGEST[type]})`;
}

function explainInteger(type: TensorType, value: unknown): string {
  const [min, max] = RANGE[type]!;
  if (isInteger64(type) && typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return `${value} is past the integers a number holds exactly; send the ${type} as a decimal string, or a bigint`;
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
