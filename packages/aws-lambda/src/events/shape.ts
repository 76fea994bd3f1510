/**
 * The members that an event must have, written as an example: `""` is any text, `false` any boolean, `{}` any object, `[]` any
 * list, `null` any value, and text only itself. A list is compared element by element.
 */
export type Shape = string | false | null | readonly Shape[] | { readonly [member: string]: Shape };

/** A test whether a value holds every member of `shape`, each of the same type. Make it once: a shape is slow to read. */
export function testFor(shape: Shape): (value: unknown) => boolean {
  if (shape === null) return (value) => value !== undefined;
  if (typeof shape !== "object") return (value) => (shape ? value === shape : typeof value === typeof shape);
  const isList = Array.isArray(shape);
  const members = Object.entries(shape as Readonly<Record<string, Shape>>).map(
    ([name, member]) => [name, testFor(member)] as const,
  );
  return (value) =>
    isObject(value) && Array.isArray(value) === isList && members.every(([name, fits]) => fits(value[name]));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
