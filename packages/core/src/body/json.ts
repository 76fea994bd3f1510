import { isKnownError, messageOf, TricastError } from "../errors.ts";
import { show } from "../options.ts";
import type { Charge } from "../seam.ts";
import { endedTheStack, tooDeep } from "./depth.ts";
import { chargeJson } from "./json-cost.ts";
import { markLongIntegers, restoreIntegers } from "./long-integers.ts";

/**
 * Parses JSON. With `exactIntegers`, integer literals beyond the safe range of a JavaScript number become `bigint` and
 * keep every digit. All other literals are numbers. `charge` takes the memory of the value before it is made.
 * @throws {TricastError} `invalid-json`, naming the place; `body-too-large`; the error of `charge`.
 */
export function parseJson(text: string, exactIntegers: boolean, charge?: Charge): unknown {
  const marked = exactIntegers ? markLongIntegers(text, charge) : text;
  chargeJson(marked, charge);
  try {
    return marked === text ? JSON.parse(text) : restoreIntegers(JSON.parse(marked));
  } catch (error) {
    // Throws the error of the text as sent, because positions differ in the marked text.
    if (marked !== text && !endedTheStack(error)) parseJson(text, false);
    throw notJson(text, error);
  }
}

function notJson(text: string, cause: unknown): TricastError {
  if (endedTheStack(cause)) return tooDeep(cause);
  if (text.trim() === "") return new TricastError("invalid-json", "The body is empty; send a JSON input", { cause });
  return new TricastError("invalid-json", `The body is not valid JSON: ${messageOf(cause)}`, { cause });
}

/**
 * JSON text of a prediction. Beyond `JSON.stringify`: `bigint` is an exact integer literal, typed arrays are arrays, -0
 * keeps its sign, and NaN and the infinities are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, as in the proto3 JSON mapping
 * (protobuf.dev/programming-guides/json), because JSON has no literals for them and `null` would lose the value.
 * @throws {TricastError} `invalid-output` for a value that JSON cannot represent.
 */
export function printJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(toPlain(value));
  } catch (cause) {
    if (isKnownError(cause)) throw cause;
    throw new TricastError("invalid-output", `The prediction cannot be written as JSON: ${messageOf(cause)}`, {
      cause,
    });
  }
  if (text !== undefined) return text;
  throw new TricastError(
    "invalid-output",
    `The prediction is ${show(value)}; return a JSON value, or bytes as a Uint8Array`,
  );
}

/** The same object if no member needs converting, the usual case. */
function toPlain(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? withSign(value) : nonFinite(value);
  if (typeof value === "bigint") return rawNumber(value.toString());
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return toPlainArray(value);
  if (ArrayBuffer.isView(value)) return toPlainView(value);
  if (value instanceof Map || value instanceof Set || value instanceof ArrayBuffer) throw noJsonForm(value);
  if (Symbol.asyncIterator in value) throw streamWithin();
  if (isRaw(value)) return value;
  const toJson = (value as { toJSON?: unknown }).toJSON;
  return typeof toJson === "function" ? toPlain(toJson.call(value)) : toPlainObject(value as Record<string, unknown>);
}

function toPlainArray(array: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < array.length; index++) {
    const item = array[index];
    const plain = toPlain(item);
    if (plain === item) continue;
    copy ??= array.slice();
    copy[index] = plain;
  }
  return copy ?? array;
}

function toPlainObject(object: Record<string, unknown>): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const key in object) {
    const item = object[key];
    const plain = toPlain(item);
    if (plain === item || !Object.hasOwn(object, key)) continue;
    copy ??= { ...object };
    copy[key] = plain;
  }
  return copy ?? object;
}

function toPlainView(view: ArrayBufferView): readonly unknown[] {
  if (view instanceof DataView)
    throw new TricastError("invalid-output", "The prediction holds a DataView; return a typed array");
  return toPlainArray(Array.from(view as unknown as ArrayLike<number | bigint>));
}

/** `JSON.stringify` would write an empty object. */
function noJsonForm(value: object): TricastError {
  const kind = value.constructor.name;
  return new TricastError(
    "invalid-output",
    `The prediction holds a ${kind}; return a plain object, an array or a typed array`,
  );
}

/** Only the prediction for one input can be streamed. */
export function streamWithin(): TricastError {
  return new TricastError(
    "invalid-output",
    "The prediction holds a stream; return a stream only as the whole prediction, for one input at /predict",
  );
}

/** `JSON.stringify` would write -0 as 0. */
function withSign(value: number): unknown {
  return Object.is(value, -0) ? rawNumber("-0") : value;
}

function nonFinite(value: number): string {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

interface RawJson {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
}

function rawNumber(text: string): unknown {
  return (JSON as unknown as RawJson).rawJSON(text);
}

function isRaw(value: object): boolean {
  return Object.getPrototypeOf(value) === null && (JSON as unknown as RawJson).isRawJSON(value);
}
