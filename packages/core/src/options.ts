import { type ErrorCode, TricastError } from "./errors.ts";

/** Longer words are not compared letter by letter: they may come from a client. */
const COMPARED = 64;

/** The known word nearest to `word`, if it is near enough to be a typing error. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > COMPARED) return undefined;
  let best: string | undefined;
  // A typing error keeps most of the word: two letters that both differ are another word.
  let bestDistance = Math.min(Math.max(2, Math.floor(word.length / 3)) + 1, word.length);
  for (const candidate of known) {
    if (candidate.length > COMPARED) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** The end of a message about an unknown word: `did you mean "NEAR"?`, or `otherwise` where no known word is near. */
export function didYouMean(word: string, known: readonly string[], otherwise: string): string {
  const near = nearest(word, known);
  return near === undefined ? otherwise : `did you mean "${near}"?`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] as number) + 1, (current[column - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}

/**
 * Refuses members that `known` does not list.
 * @throws {TricastError} `code`, naming the unknown member and the nearest known one.
 */
export function refuseUnknown(
  options: object,
  known: readonly string[],
  what: string,
  code: ErrorCode = "invalid-option",
): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const fix = didYouMean(key, known, `known: ${known.join(", ")}`);
    throw new TricastError(code, `${what} has no option "${key}"; ${fix}`);
  }
}

/** A value as text for a message: short and quoted. Never throws. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value)
    ? `an array of ${value.length}`
    : `an object with ${Object.keys(value).join(", ") || "no keys"}`;
}
