import { createHash } from "node:crypto";

type Arguments = readonly never[];

/** developer.hashicorp.com/terraform/language/functions: those that rendered modules call. */
const FUNCTIONS: Readonly<Record<string, (...args: Arguments) => unknown>> = {
  anytrue: (all: readonly unknown[]) => all.includes(true),
  coalesce: (...all: readonly unknown[]) => all.find((one) => one !== null && one !== ""),
  concat: (...lists: readonly unknown[][]) => lists.flat(),
  contains: (list: readonly unknown[], one: unknown) => list.includes(one),
  distinct: (list: readonly unknown[]) => [...new Set(list)],
  // A predictor has a runtime layer and its model in a store, as far as a module without artefacts can tell.
  fileexists: (path: string) => path.includes("runtime-layer"),
  filebase64sha256: (path: string) => `<sha256 of ${path}>`,
  flatten: (list: readonly unknown[]) => list.flat(Number.POSITIVE_INFINITY),
  floor: (number: number) => Math.floor(number),
  join: (separator: string, list: readonly unknown[]) => list.join(separator),
  jsonencode: (value: unknown) => JSON.stringify(value),
  keys: (object: object) => Object.keys(object).sort(),
  length: (collection: object) => Object.keys(collection).length,
  max: (...all: readonly number[]) => Math.max(...all),
  merge: (...objects: readonly object[]) => Object.assign({}, ...objects),
  min: (...all: readonly number[]) => Math.min(...all),
  range: (length: number) => Array.from({ length }, (_, index) => index),
  sha256: (text: string) => createHash("sha256").update(text).digest("hex"),
  trimsuffix: (text: string, suffix: string) => (text.endsWith(suffix) ? text.slice(0, -suffix.length) : text),
  values: (object: object) =>
    Object.entries(object)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, value]) => value),
};

/** @throws {Error} for a function that is not among them. */
export function callFunction(name: string, args: readonly unknown[]): unknown {
  const call = FUNCTIONS[name];
  if (call === undefined) throw new Error(`${name}() is not among the functions of this evaluator; add it`);
  return call(...(args as Arguments));
}
