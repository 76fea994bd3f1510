import { isObject } from "./shape.ts";

type Plain = Readonly<Record<string, unknown>>;

/**
 * `over` laid on `base`: objects key by key, anything else as a whole. A key that is `undefined` says nothing.
 * Neither is changed.
 */
export function overlay<T extends object>(base: T, over: object): T {
  const merged: Record<string, unknown> = { ...(base as Plain) };
  for (const [key, value] of Object.entries(over)) {
    if (value !== undefined) merged[key] = lay(key, merged[key], value);
  }
  return merged as T;
}

function lay(key: string, below: unknown, above: unknown): unknown {
  if (key === "secrets" && isObject(below) && isObject(above)) return { ...below, ...above };
  // A number of warm instances is short for their least, so that a stage may add a most.
  const base = key === "warmInstances" && typeof below === "number" ? { min: below } : below;
  return isObject(base) && isObject(above) && !WHOLE.has(key) ? overlay(base, above) : above;
}

/** An issuer with another one's audience would be neither. */
const WHOLE: ReadonlySet<string> = new Set(["auth"]);
