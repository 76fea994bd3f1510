/** `undefined` for an object without values, so that an optional key is omitted. */
export function unlessEmpty<T extends object>(values: T): T | undefined {
  return Object.values(values).every((value) => value === undefined) ? undefined : values;
}
