import assert from "node:assert/strict";
import type { Issue, StandardSchema, TricastError } from "@tricast/core";
import { type } from "arktype";
import fc from "fast-check";
import * as v from "valibot";
import { z } from "zod";
import { validate } from "../../src/validate.ts";
import { counting } from "./counting.ts";

export type Schema = StandardSchema<unknown, unknown>;
export type Make = (index: number) => unknown;

/** Elements of a body of 1 MB. */
export const MANY = 300_000;
/** What a library may make in one call, each up to 1 KB. */
export const MOST_MADE = 25_000;

export const list = (length: number, make: Make) => Array.from({ length }, (_, index) => make(index));
export const record = (length: number, make: Make) =>
  Object.fromEntries(Array.from({ length }, (_, index) => [`k${index}`, make(index)]));
export const good = () => 1;
export const bad = () => "";

/** The value, or the error that refuses it. */
export async function outcome(schema: Schema, value: unknown): Promise<{ value?: unknown; error?: TricastError }> {
  try {
    return { value: await validate(schema, value, "invalid-input", "") };
  } catch (error) {
    return { error: error as TricastError };
  }
}

/** What the pointer leads to. */
export function at(value: unknown, pointer: string): unknown {
  const keys = pointer.split("/").slice(1);
  return keys.reduce((found, key) => (found as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}

export const features: Readonly<Record<string, Schema>> = {
  valibot: v.object({ features: v.pipe(v.array(v.number()), v.length(4)) }),
  "valibot without a length": v.object({ features: v.array(v.number()) }),
  zod: z.object({ features: z.array(z.number()) }),
  arktype: type({ features: "number[]" }),
  "a union of valibot": v.object({ features: v.union([v.array(v.number()), v.string()]) }),
  "a union of objects, of valibot": v.union([
    v.object({ features: v.array(v.number()) }),
    v.object({ b: v.array(v.string()) }),
  ]),
  "a union of zod": z.object({ features: z.union([z.array(z.number()), z.string()]) }),
  "a union of objects, of zod": z.union([
    z.object({ features: z.array(z.number()) }),
    z.object({ b: z.array(z.string()) }),
  ]),
  "unions of zod": z.object({ features: z.array(z.union([z.number(), z.boolean()])) }),
  "unions of valibot": v.object({ features: v.array(v.union([v.number(), v.boolean()])) }),
};
export const rows: Readonly<Record<string, Schema>> = {
  valibot: v.array(v.array(v.number())),
  "valibot with a length": v.array(v.pipe(v.array(v.number()), v.length(600))),
  zod: z.array(z.array(z.number())),
  "zod with a length": z.array(z.array(z.number()).length(600)),
  arktype: type("number[][]"),
  "arktype with a length, which hides what is in a row that was cut": type("number[] == 600").array(),
  "arktype with both lengths": type("number[] == 600").array().exactlyLength(500),
};
export const records: Readonly<Record<string, Schema>> = {
  valibot: v.record(v.string(), v.number()),
  zod: z.record(z.string(), z.number()),
  arktype: type("Record<string, number>"),
};
export const strict: Readonly<Record<string, Schema>> = {
  valibot: v.strictObject({ a: v.number() }),
  zod: z.strictObject({ a: z.number() }),
  arktype: type({ "+": "reject", a: "number" }),
};
export const tree: v.GenericSchema = v.object({ below: v.optional(v.lazy(() => tree)), values: v.array(v.number()) });
export const trees: Readonly<Record<string, Schema>> = { valibot: tree as Schema };
export const objects: Readonly<Record<string, Schema>> = {
  valibot: v.array(v.object({ a: v.number(), b: v.number() })),
  zod: z.array(z.object({ a: z.number(), b: z.number() })),
  arktype: type({ a: "number", b: "number" }).array(),
};

export const deep = (levels: number, values: unknown): unknown => {
  let made: unknown = { values };
  for (let level = 0; level < levels; level++) made = { below: made, values: [] };
  return made;
};

export const ATTACKS: readonly (readonly [
  title: string,
  schemas: Readonly<Record<string, Schema>>,
  make: () => unknown,
])[] = [
  ["a list of bad elements", features, () => ({ features: list(MANY, bad) })],
  ["bad elements in the second half", features, () => ({ features: list(MANY, (i) => (i < MANY / 2 ? 1 : "")) })],
  ["lists for numbers", features, () => ({ features: list(MANY, () => [1]) })],
  ["empty lists for numbers", features, () => ({ features: list(MANY, () => []) })],
  [
    "bad elements beside thousands of keys, and the key of another branch",
    features,
    () => ({ ...record(6_000, good), features: list(MANY, bad), b: 1 }),
  ],
  ["bad rows", rows, () => list(500, () => list(600, bad))],
  ["rows whose beginning is good", rows, () => list(500, () => list(600, (i) => (i < 8 ? 1 : "")))],
  ["one bad row after many good ones", rows, () => [...list(10_001, () => [1]), list(MANY, bad)]],
  ["a wide object of bad members", records, () => record(MANY, bad)],
  ["a wide object of unknown members", strict, () => ({ a: 1, ...record(MANY, good) })],
  ["objects with bad members", objects, () => list(MANY / 2, () => ({ a: "", b: "" }))],
  ["objects without members", objects, () => list(MANY, () => ({}))],
  ["bad elements hundreds of levels down", trees, () => deep(300, list(MANY, bad))],
];

/** The value is refused, and the library does not make an issue for each bad element. */
export async function isRefusedCheaply(schema: Schema, value: unknown): Promise<void> {
  const counted = counting(schema);
  const { error } = await outcome(counted, value);
  assert.equal(error?.code, "invalid-input");
  assert.ok(counted.most > 0 && counted.most <= MOST_MADE, `${counted.most} issues`);
  const issues = error?.issues as readonly Issue[];
  assert.ok(issues.length > 0 && issues.length <= 100);
  assert.ok((error as TricastError).message.length < 3_000);
}

/**
 * Any large value is taken or refused as the library itself takes or refuses it.
 * @throws {Error} with a counter-example.
 */
export async function takesWhatLibrariesTake(parameters: {
  readonly numRuns: number;
  readonly seed: number;
}): Promise<void> {
  const leaf = fc.constantFrom<unknown>(1, 2.5, "", "text", true, null);
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie("any"), { maxLength: 6 }),
      fc.dictionary(fc.string(), tie("any")),
    ),
  })).any;
  const element = fc.constantFrom<Schema>(v.number(), z.number(), type("number"), z.union([z.number(), z.string()]));
  await fc.assert(
    fc.asyncProperty(
      fc.array(value, { minLength: 1, maxLength: 5 }),
      element,
      fc.nat(3),
      async (parts, each, shape) => {
        const repeated = list(12_000, (index) => parts[index % parts.length]);
        const schemas: readonly Schema[] = [
          v.array(each as v.GenericSchema),
          z.array(z.array(z.unknown()).max(5)),
          v.record(v.string(), each as v.GenericSchema),
          z.array(z.unknown()).length(12_000),
        ];
        const schema = schemas[each["~standard"].vendor === "valibot" ? shape : shape | 1] as Schema;
        const whole = shape === 2 ? Object.fromEntries(repeated.map((part, index) => [`k${index}`, part])) : repeated;
        const own = await schema["~standard"].validate(whole);
        const { error } = await outcome(schema, whole);
        assert.equal(error === undefined, own.issues === undefined);
      },
    ),
    parameters,
  );
}
