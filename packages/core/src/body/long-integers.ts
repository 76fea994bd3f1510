import { TricastError } from "../errors.ts";
import type { Charge } from "../seam.ts";
import { takeMemory } from "./json-cost.ts";
import { endOfString, TextBuilder } from "./json-text.ts";

/** Only an integer of 16 digits or more can be one that a number cannot hold. */
const LONG_DIGITS = /\d{16}/;
const LONG = 16;

/** A double has at most 1,075 digits. The time of `BigInt` grows with the square of the digits. */
const MOST_DIGITS = 1_100;

/** A `bigint`, and the string that is made of its literal before. */
const INTEGER_BYTES = 120;

/** No meaningful text begins with this mark. */
const MARK = "\0int:";
const MARK_IN_JSON = '"\\u0000int:';

/**
 * The JSON text with its long integers as marked strings, from which {@link restoreIntegers} makes integers. A reviver of
 * `JSON.parse` would be called for every value, which takes ten times as long and as much memory.
 * @throws {TricastError} `invalid-json` for an integer with more than 1,100 digits; `body-too-large`; the error of `charge`.
 */
export function markLongIntegers(text: string, charge: Charge | undefined): string {
  if (!LONG_DIGITS.test(text)) return text;
  let count = 0;
  findLongIntegers(text, () => count++);
  if (count === 0) return text;
  takeMemory(text.length + count * INTEGER_BYTES, charge);
  const built = new TextBuilder();
  let copied = 0;
  findLongIntegers(text, (start, end) => {
    built.add(text.slice(copied, start));
    built.add(MARK_IN_JSON);
    built.add(text.slice(start, end));
    built.add('"');
    copied = end;
  });
  built.add(text.slice(copied));
  return built.toString();
}

function findLongIntegers(text: string, found: (start: number, end: number) => void): void {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (isDigit(code) || code === MINUS) {
      const end = endOfNumber(text, at);
      const digits = end - at - (code === MINUS ? 1 : 0);
      if (digits >= LONG && isInteger(text, end - digits, end)) {
        if (digits > MOST_DIGITS) throw tooLong(digits);
        found(at, end);
      }
      at = end - 1;
    }
  }
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const ZERO = 0x30;

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39;
}

/** The index after the digits, signs, points and exponents from `start` on. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    // + - . E e
    if (!isDigit(code) && code !== 0x2b && code !== MINUS && code !== 0x2e && code !== 0x45 && code !== 0x65) break;
  }
  return end;
}

/** Whether these characters are the digits of a JSON integer, and not a key, which JSON does not allow. */
function isInteger(text: string, start: number, end: number): boolean {
  if (text.charCodeAt(start) === ZERO) return false;
  for (let at = start; at < end; at++) if (!isDigit(text.charCodeAt(at))) return false;
  let next = end;
  while (text.charCodeAt(next) <= 0x20) next++;
  return text[next] !== ":";
}

function tooLong(digits: number): TricastError {
  return new TricastError("invalid-json", `The body has an integer of ${digits} digits; the limit is ${MOST_DIGITS}`);
}

/** Replaces the marked strings of a value. Integers in the safe range are numbers, and others `bigint`. */
export function restoreIntegers(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith(MARK) ? restored(value) : value;
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
  const digits = text.slice(MARK.length);
  if (!/^-?\d+$/.test(digits)) return text;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}
