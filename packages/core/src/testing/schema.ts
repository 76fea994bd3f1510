import type { StandardSchema } from "../standard-schema.ts";

type Members = Readonly<Record<string, (value: unknown) => boolean>>;

/** A Standard Schema of objects: an issue for each member whose value does not pass its check. */
export function objectSchema<T>(members: Members): StandardSchema<unknown, T> {
  return {
    "~standard": {
      version: 1,
      vendor: "tricast",
      validate: (value) => {
        if (typeof value !== "object" || value === null) return { issues: [{ message: "must be an object" }] };
        const wrong = Object.entries(members).filter(([name, holds]) => !holds(Reflect.get(value, name)));
        if (wrong.length === 0) return { value: value as T };
        return { issues: wrong.map(([name]) => ({ message: "is not allowed", path: [name] })) };
      },
    },
  };
}

export function oneOf(values: readonly unknown[]): (value: unknown) => boolean {
  return (value) => values.includes(value);
}
