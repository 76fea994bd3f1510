import { TricastError } from "../errors.ts";
import type { Charge } from "../seam.ts";
import { endOfString } from "./json-text.ts";

/** Shorter texts are not measured: the largest value of one takes 0.5 MB. */
const SHORT_TEXT = 8_192;

/** Memory on V8's heap in Node 24, with what the parser takes meanwhile. Measured with lists of a million members. */
const LIST_BYTES = 48;
const OBJECT_BYTES = 64;
const STRING_BYTES = 32;
const KEY_BYTES = 40;
const MEMBER_BYTES = 20;

/**
 * Takes the memory for the value of a JSON text, before it is parsed: 3 bytes of text such as `{},` are 67 bytes in memory.
 * @throws {TricastError} `body-too-large`; the error of `charge`.
 */
export function chargeJson(text: string, charge: Charge | undefined): void {
  if (text.length > SHORT_TEXT) takeMemory(jsonCost(text), charge);
}

/** The same for CSV, whose cells are numbers or strings. */
export function chargeCsv(text: string, charge: Charge | undefined): void {
  if (text.length <= SHORT_TEXT) return;
  let cells = 0;
  for (let at = text.indexOf(","); at !== -1; at = text.indexOf(",", at + 1)) cells++;
  takeMemory(text.length + cells * (STRING_BYTES + MEMBER_BYTES), charge);
}

/** @throws {TricastError} `body-too-large` for more than half of the heap; the error of `charge`. */
export function takeMemory(bytes: number, charge: Charge | undefined): void {
  // Node derives its heap from the memory of the instance, also in a container.
  const most = process.getBuiltinModule("node:v8").getHeapStatistics().heap_size_limit / 2;
  if (bytes > most) {
    throw new TricastError(
      "body-too-large",
      `The values in the body take about ${bytes} bytes of memory; the limit is ${most}, half of this instance's heap. Send fewer at a time, or bytes`,
    );
  }
  charge?.(bytes);
}

/** About the bytes of memory that the text and its value take. */
export function jsonCost(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x2c: // ,
        bytes += MEMBER_BYTES;
        break;
      case 0x5b: // [
        bytes += LIST_BYTES;
        break;
      case 0x7b: // {
        bytes += OBJECT_BYTES;
        break;
      case 0x3a: // The colon after a key, which was counted as a string.
        bytes += KEY_BYTES - STRING_BYTES;
        break;
      case 0x22: {
        const end = endOfString(text, at);
        // Empty strings are one object.
        if (end - at > 2) bytes += STRING_BYTES + end - at;
        at = end - 1;
      }
    }
  }
  return bytes;
}
