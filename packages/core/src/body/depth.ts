import { TricastError } from "../errors.ts";

/** The parser takes any depth. Schemas, predictors and encoders walk what it gives by calls, and the stack ends at some thousands. */
export const MOST_LEVELS = 1000;

export function tooDeep(cause?: unknown): TricastError {
  const message = `The body has more than ${MOST_LEVELS} lists and objects within each other; send fewer`;
  return new TricastError("invalid-json", message, { cause });
}

/**
 * The client's error where the stack came to its end over an input that is too deep, and `error` itself otherwise.
 * What was decoded is looked at only then: to do so for each request would cost as much as to parse it.
 */
export function blameDepth(error: unknown, decoded: object | undefined): unknown {
  return endedTheStack(error) && isTooDeep(decoded) ? tooDeep(error) : error;
}

/** Errors are wrapped a few times at the most. */
const MOST_CAUSES = 8;

export function endedTheStack(error: unknown): boolean {
  let link = error;
  for (let depth = 0; depth < MOST_CAUSES && link instanceof Error; depth++, link = link.cause) {
    if (link instanceof RangeError && link.message.includes("call stack")) return true;
  }
  return false;
}

/** Without a call for each level, which is what has just failed. */
function isTooDeep(decoded: object | undefined): boolean {
  const waiting: { readonly value: object; readonly level: number }[] = [];
  const add = (value: unknown, level: number): void => {
    if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) waiting.push({ value, level });
  };
  add(decoded, 0);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.level > MOST_LEVELS) return true;
    for (const member of Object.values(next.value)) add(member, next.level + 1);
  }
  return false;
}
