import { isObject } from "./shape.ts";

/**
 * `over` merged into `base`, without changing either: objects key by key, other values replaced. A key that is `undefined`
 * in `over` has no effect.
 */
export function overlay<T extends object>(base: T, over: object): T {
  const merged: Record<string, unknown> = { ...(base as Readonly<Record<string, unknown>>) };
  for (const [key, value] of Object.entries(over)) {
    if (value !== undefined) merged[key] = mergeKey(key, merged[key], value);
  }
  return merged as T;
}

function mergeKey(key: string, below: unknown, above: unknown): unknown {
  // A secret replaces the whole reference: a reference with two stores would be invalid.
  if (key === "secrets" && isObject(below) && isObject(above)) return { ...below, ...above };
  // A number of warm instances is their minimum, so that a stage can add a maximum.
  const base = key === "warmInstances" && typeof below === "number" ? { min: below } : below;
  // An issuer never has the audience of another issuer.
  return isObject(base) && isObject(above) && key !== "auth" ? overlay(base, above) : above;
}
