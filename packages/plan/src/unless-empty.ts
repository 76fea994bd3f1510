/** `undefined` for an object without keys, so that an optional key is left out. */
export function unlessEmpty<T extends object>(values: T): T | undefined {
  return Object.keys(values).length === 0 ? undefined : values;
}
