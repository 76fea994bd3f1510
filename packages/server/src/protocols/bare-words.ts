import { MOST_LEVELS, parseJson, tooDeep } from "@tricast/core/adapter";

/** The form of `NaN` and the infinities: strings, which graphs take, or numbers, which code expects. */
export type BareWords = "strings" | "numbers";

/**
 * Parses JSON that may have NaN and the infinities as bare words, which Python's `json.dumps` and TensorFlow Serving write
 * (tensorflow/serving, api_rest.md, JSON conformance).
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

/** No meaningful text begins with this mark. */
const MARK = "\0bare:";

const WORDS = ["NaN", "-Infinity", "Infinity"] as const;

/** The text with quotes around each bare word outside strings, and `mark` before the word. */
function quoteWords(text: string, mark: string): string {
  let quoted = "";
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    // A single regular expression would take hours for a long string without an end.
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

/** The index after the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return at + 1;
    if (text[at] === "\\") at++;
  }
  return text.length;
}

/** Throws the error of the body as sent, because positions differ in the quoted text. */
function parseOr(quoted: string, exactIntegers: boolean, error: unknown): unknown {
  try {
    return parseJson(quoted, exactIntegers);
  } catch {
    throw error;
  }
}

function toNumbers(value: unknown, depth = 0): unknown {
  if (depth > MOST_LEVELS) throw tooDeep();
  if (typeof value === "string") return value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => toNumbers(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toNumbers(member, depth + 1)]));
}
