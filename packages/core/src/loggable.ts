import { messageOf } from "./errors.ts";

/** JSON text of a log line. Never throws: a value that cannot be written is replaced by the reason. */
export function toLogText(line: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(line, toLoggable);
  } catch {
    // A cycle, or a getter that throws; rare enough to walk the line twice.
    return JSON.stringify(withoutCycles(line, []));
  }
}

function toLoggable(_key: string, value: unknown): unknown {
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  return isError(value) ? describeError(value) : value;
}

function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function describeError(error: Error & { code?: unknown; issues?: unknown }): Record<string, unknown> {
  const { name, message, code, issues, stack, cause } = error;
  return { name, message, code, issues, stack, cause };
}

const DEEPEST = 20;

/** A copy of `value` that JSON can hold. `above` are the objects that hold it. */
function withoutCycles(value: unknown, above: readonly unknown[]): unknown {
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return "[circular]";
  if (above.length === DEEPEST) return "[too deep]";
  const inside = [...above, value];
  try {
    if (Array.isArray(value)) return value.map((item) => withoutCycles(item, inside));
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return withoutCycles(toJSON.call(value), inside);
    const members = Object.entries(isError(value) ? describeError(value) : value);
    return Object.fromEntries(members.map(([key, item]) => [key, withoutCycles(item, inside)]));
  } catch (error) {
    return `[unreadable: ${messageOf(error)}]`;
  }
}
