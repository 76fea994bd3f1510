import type { StandardSchema } from "@tricast/core";

type Nested = { readonly [name in "issues" | "errors" | "unionErrors"]?: unknown };

/** A schema with a count of the issues that its library made in one call, those within others included: its memory. */
export interface CountingSchema extends StandardSchema<unknown, unknown> {
  readonly most: number;
  readonly calls: number;
}

export function counting(schema: StandardSchema<unknown, unknown>): CountingSchema {
  let most = 0;
  let calls = 0;
  return {
    get most() {
      return most;
    },
    get calls() {
      return calls;
    },
    "~standard": {
      version: 1,
      vendor: "counting",
      validate: (value) => {
        calls++;
        const count = <T extends { readonly issues?: Iterable<unknown> | undefined }>(result: T): T => {
          let found = 0;
          for (const issue of result.issues ?? []) found += within(issue);
          most = Math.max(most, found);
          return result;
        };
        const result = schema["~standard"].validate(value);
        return result instanceof Promise ? result.then(count) : count(result);
      },
    },
  };
}

function within(issue: unknown): number {
  const { issues, errors, unionErrors } = issue as Nested;
  let count = 1;
  for (const list of [issues, errors, unionErrors])
    if (Array.isArray(list)) for (const nested of list.flat()) count += within(nested);
  return count;
}
