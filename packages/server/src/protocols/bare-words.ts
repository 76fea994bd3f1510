import {
  type Charge,
  endOfString,
  isKnownError,
  MOST_LEVELS,
  parseJson,
  TextBuilder,
  takeMemory,
  tooDeep,
} from "@tricast/core/adapter";

/** The form of `NaN` and the infinities: strings, which graphs take, or numbers, which code expects. */
export type BareWords = "strings" | "numbers";

export interface BareWordsOptions {
  readonly exactIntegers: boolean;
  readonly become: BareWords;
  readonly charge: Charge | undefined;
}

/**
 * Parses JSON that may have NaN and the infinities as bare words, which Python's `json.dumps` and TensorFlow Serving write
 * (tensorflow/serving, api_rest.md, JSON conformance).
 * @throws {TricastError} `invalid-json`, `body-too-large`; the error of `charge`.
 */
export function parseWithBareWords(text: string, { exactIntegers, become, charge }: BareWordsOptions): unknown {
  if (!text.includes("NaN") && !text.includes("Infinity")) return parseJson(text, exactIntegers, charge);
  let count = 0;
  findWords(text, () => count++);
  if (count === 0) return parseJson(text, exactIntegers, charge);
  takeMemory(text.length + count * WORD_BYTES, charge);
  const quoted = quoteWords(text, become === "numbers" ? MARK : "");
  const value = parseOr(quoted, text, exactIntegers, charge);
  return become === "numbers" ? toNumbers(value) : value;
}

/** No meaningful text begins with this mark. */
const MARK = "\0bare:";

const WORDS = ["NaN", "-Infinity", "Infinity"] as const;

/** The quoted word in the text, while the text is built, and its string. */
const WORD_BYTES = 100;

/** The text with quotes around each bare word, and `mark` before the word. */
function quoteWords(text: string, mark: string): string {
  const quoted = new TextBuilder();
  let copied = 0;
  findWords(text, (word, at) => {
    quoted.add(text.slice(copied, at));
    quoted.add(JSON.stringify(mark + word));
    copied = at + word.length;
  });
  quoted.add(text.slice(copied));
  return quoted.toString();
}

/** Calls `found` for each bare word outside strings. */
function findWords(text: string, found: (word: string, at: number) => void): void {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (FIRST_CODES.includes(code)) {
      const word = WORDS.find((each) => text.startsWith(each, at));
      if (word === undefined) continue;
      found(word, at);
      at += word.length - 1;
    }
  }
}

const QUOTE = 0x22;
const FIRST_CODES = WORDS.map((word) => word.charCodeAt(0));

/** Throws the error of the body as sent, because positions differ in the quoted text. */
function parseOr(quoted: string, text: string, exactIntegers: boolean, charge: Charge | undefined): unknown {
  try {
    return parseJson(quoted, exactIntegers, charge);
  } catch (error) {
    if (isKnownError(error) && error.code === "invalid-json") parseJson(text, exactIntegers);
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
