/**
 * What an event must hold, written as a part of one: `""` is any text, `false` any boolean, `{}` any object, `[]` any
 * list, `null` any value, and text stands for itself. A list is compared element by element.
 */
export type Shape = string | false | null | readonly Shape[] | { readonly [member: string]: Shape };

/** Whether `value` holds every member of `shape`, each of the same type. */
export function fits(value: unknown, shape: Shape): boolean {
  if (shape === null) return value !== undefined;
  if (typeof shape !== "object") return shape ? value === shape : typeof value === typeof shape;
  if (!isObject(value) || Array.isArray(value) !== Array.isArray(shape)) return false;
  const parts = shape as { readonly [member: string]: Shape };
  for (const member in parts) if (!fits(value[member], parts[member] as Shape)) return false;
  return true;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
