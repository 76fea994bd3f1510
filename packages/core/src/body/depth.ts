import { TricastError } from "../errors.ts";

/** The parser accepts any depth. Schemas, predictors and encoders recurse, and the stack overflows at a few thousand levels. */
export const MOST_LEVELS = 1000;

export function tooDeep(cause?: unknown): TricastError {
  const message = `The body nests more than ${MOST_LEVELS} lists and objects; send fewer levels`;
  return new TricastError("invalid-json", message, { cause });
}

/**
 * A client error if the stack overflowed because the input is too deep, else `error` itself.
 * The depth is measured only then: measuring it for each request would cost as much as parsing.
 */
export function blameDepth(error: unknown, decoded: object | undefined): unknown {
  return endedTheStack(error) && isTooDeep(decoded) ? tooDeep(error) : error;
}

/** Errors are wrapped a few times at most. */
const MOST_CAUSES = 8;

export function endedTheStack(error: unknown): boolean {
  let link = error;
  for (let depth = 0; depth < MOST_CAUSES && link instanceof Error; depth++, link = link.cause) {
    if (link instanceof RangeError && link.message.includes("call stack")) return true;
  }
  return false;
}

/** Does not recurse: recursion has just overflowed the stack. */
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
