import { TricastError } from "../errors.ts";
import { endOfString, TextBuilder } from "./json-text.ts";

/** Only a literal of 16 digits or more can be an integer that a number cannot hold. */
const LONG_DIGITS = /\d{16,}/;

/** A double has at most 1,075 digits. The time of `BigInt` grows with the square of the digits. */
const MOST_DIGITS = 1_100;

/** No meaningful text begins with this mark. */
const MARK = "\0int:";
const MARKED = /^\0int:(-?\d+)$/;

/**
 * The JSON text with its long integers as marked strings, from which {@link restoreIntegers} makes integers. A reviver of
 * `JSON.parse` would be called for every value, which takes ten times as long and as much memory.
 * @throws {TricastError} `invalid-json` for an integer with more than 1,100 digits.
 */
export function markLongIntegers(text: string): string {
  const digits = new RegExp(LONG_DIGITS, "g");
  let built: TextBuilder | undefined;
  let copied = 0;
  let outside = 0;
  for (let found = digits.exec(text); found !== null; found = digits.exec(text)) {
    outside = endOfStrings(text, outside, found.index);
    if (outside > found.index) {
      digits.lastIndex = outside;
      continue;
    }
    const start = text[found.index - 1] === "-" ? found.index - 1 : found.index;
    if (!isInteger(text, start, found.index, digits.lastIndex)) continue;
    const { length } = found[0];
    if (length > MOST_DIGITS)
      throw new TricastError(
        "invalid-json",
        `The body has an integer of ${length} digits; the limit is ${MOST_DIGITS}`,
      );
    built ??= new TextBuilder();
    built.add(`${text.slice(copied, start)}${JSON.stringify(MARK + text.slice(start, digits.lastIndex))}`);
    copied = digits.lastIndex;
  }
  if (built === undefined) return text;
  built.add(text.slice(copied));
  return built.toString();
}

/** The end of the last string that begins before `index`; `from` is outside strings. */
function endOfStrings(text: string, from: number, index: number): number {
  let at = from;
  for (let quote = text.indexOf('"', at); quote !== -1 && quote < index; quote = text.indexOf('"', at))
    at = endOfString(text, quote);
  return at;
}

/** Whether the literal is a whole value: not a part of a decimal number, not a key, and without leading zeros. */
function isInteger(text: string, start: number, firstDigit: number, end: number): boolean {
  if (text[firstDigit] === "0") return false;
  return /^[[,:\s]?$/.test(text[start - 1] ?? "") && /^[\],}]?$/.test(text[afterSpace(text, end)] ?? "");
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (/^[ \t\r\n]$/.test(text[at] ?? "")) at++;
  return at;
}

/** Replaces the marked strings of a value. Integers in the safe range are numbers, and others `bigint`. */
export function restoreIntegers(value: unknown): unknown {
  if (typeof value === "string") return value.charCodeAt(0) === 0 ? restored(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const member = value[index];
      if (typeof member !== "number") value[index] = restoreIntegers(member);
    }
  } else {
    const object = value as Record<string, unknown>;
    for (const key in object) object[key] = restoreIntegers(object[key]);
  }
  return value;
}

function restored(text: string): unknown {
  const integer = MARKED.exec(text)?.[1];
  if (integer === undefined) return text;
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : BigInt(integer);
}
