import { parseJson } from "@tricast/core/adapter";
import { refuseTooDeep } from "./depth.ts";

/** What `NaN` and the infinities become: the spelled strings that graphs take, or the numbers that code expects. */
export type BareWords = "strings" | "numbers";

/**
 * JSON in which NaN and the infinities may also stand as Python's `json.dumps` and TensorFlow Serving write them: as bare
 * words (tensorflow/serving, api_rest.md, JSON conformance).
 * @throws {TricastError} `invalid-json`
 */
export function parseWithBareWords(text: string, exactIntegers: boolean, become: BareWords): unknown {
  try {
    return parseJson(text, exactIntegers);
  } catch (error) {
    const quoted = quoteWords(text, become === "numbers" ? MARK : "");
    if (quoted === text) throw error;
    const value = parseOr(quoted, exactIntegers, error);
    return become === "numbers" ? toNumbers(value) : value;
  }
}

/** No text that means something begins with it. */
const MARK = "\0bare:";

const WORDS = ["NaN", "-Infinity", "Infinity"] as const;

/** The text with each bare word outside of strings in quotes, and `mark` before it. */
function quoteWords(text: string, mark: string): string {
  let quoted = "";
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    // By steps and not by one expression, which a long string that never ends would keep busy for hours.
    if (text[at] === '"') {
      at = endOfString(text, at);
      continue;
    }
    const word = WORDS.find((each) => text.startsWith(each, at));
    if (word === undefined) {
      at++;
      continue;
    }
    quoted += text.slice(copied, at) + JSON.stringify(mark + word);
    at += word.length;
    copied = at;
  }
  return quoted + text.slice(copied);
}

/** The index after the closing quote, or of the end. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return at + 1;
    if (text[at] === "\\") at++;
  }
  return text.length;
}

/** What is wrong is told of the body as it was sent. */
function parseOr(quoted: string, exactIntegers: boolean, error: unknown): unknown {
  try {
    return parseJson(quoted, exactIntegers);
  } catch {
    throw error;
  }
}

function toNumbers(value: unknown, depth = 0): unknown {
  refuseTooDeep(depth);
  if (typeof value === "string") return value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => toNumbers(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toNumbers(member, depth + 1)]));
}
