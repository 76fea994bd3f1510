import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { definePredictor, type InputOf, type OutputOf } from "@tricast/core";
import type { ModelSource } from "@tricast/core/adapter";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

/** Compiles only where `A` and `B` are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<_Yes extends true>(): void {}

interface Session {
  run(value: number): string;
}
const session: ModelSource<Session> = { uri: "memory", load: () => ({ run: String }) };

test("types flow from valibot to predict and out again", () => {
  const predictor = definePredictor({
    name: "typed",
    input: v.object({ a: v.number(), b: v.optional(v.string()) }),
    output: v.object({ label: v.string() }),
    predict(input, context) {
      same<Same<typeof input, { a: number; b?: string | undefined }>>();
      same<Same<typeof context.model, undefined>>();
      same<Same<typeof context.signal, AbortSignal>>();
      // @ts-expect-error: the schema has no such member
      void input.c;
      return { label: String(input.a) };
    },
  });
  same<Same<InputOf<typeof predictor>, { a: number; b?: string | undefined }>>();
  same<Same<OutputOf<typeof predictor>, { label: string }>>();
  assert.equal(predictor.definition.name, "typed");
});

test("types flow from zod", () => {
  const predictor = definePredictor({
    name: "typed",
    input: z.object({ a: z.number() }),
    output: z.array(z.string()),
    predict: async ({ a }) => {
      same<Same<typeof a, number>>();
      return [String(a)];
    },
  });
  same<Same<InputOf<typeof predictor>, { a: number }>>();
  same<Same<OutputOf<typeof predictor>, string[]>>();
  assert.ok(predictor);
});

test("types flow from arktype", () => {
  const predictor = definePredictor({
    name: "typed",
    input: type({ a: "number", "tags?": "string[]" }),
    predict: ({ a, tags }) => {
      same<Same<typeof a, number>>();
      same<Same<typeof tags, string[] | undefined>>();
      return a;
    },
  });
  same<Same<OutputOf<typeof predictor>, number>>();
  assert.ok(predictor);
});

test("what load returns is the model of the context", () => {
  const predictor = definePredictor({
    name: "typed",
    load: async () => ({ double: (value: number) => value * 2 }),
    input: v.number(),
    predict: (input, { model }) => {
      same<Same<typeof model, { double: (value: number) => number }>>();
      return model.double(input);
    },
  });
  same<Same<OutputOf<typeof predictor>, number>>();
  assert.ok(predictor);
});

test("named models keep their own types", () => {
  const predictor = definePredictor({
    name: "typed",
    model: session,
    models: { tokens: { uri: "memory", load: async () => new Map<string, number>() }, session },
    input: v.string(),
    predict: (input, { model, models }) => {
      same<Same<typeof model, Session>>();
      same<Same<typeof models.tokens, Map<string, number>>>();
      same<Same<typeof models.session, Session>>();
      // @ts-expect-error: no model of that name
      void models.other;
      return models.tokens.get(input) ?? 0;
    },
  });
  assert.ok(predictor);
});

test("predictBatch takes many and gives as many", () => {
  const predictor = definePredictor({
    name: "typed",
    input: v.object({ a: v.number() }),
    output: v.string(),
    predictBatch: (inputs) => {
      same<Same<typeof inputs, readonly { a: number }[]>>();
      return inputs.map(({ a }) => String(a));
    },
  });
  same<Same<InputOf<typeof predictor>, { a: number }>>();
  same<Same<OutputOf<typeof predictor>, string>>();
  assert.ok(predictor);
});

test("predict without schemas is typed by its own parameter and result", () => {
  const predictor = definePredictor({ name: "typed", predict: (input: { value: number }) => input.value / 2 });
  same<Same<InputOf<typeof predictor>, { value: number }>>();
  same<Same<OutputOf<typeof predictor>, number>>();
  assert.ok(predictor);
});

test("what the types refuse is refused at run time too", () => {
  const predict = (): number => 1;
  // @ts-expect-error: one of predict and predictBatch
  assert.throws(() => definePredictor({ name: "typed", predict, predictBatch: () => [1] }));
  // @ts-expect-error: a name is needed
  assert.throws(() => definePredictor({ predict }));
  // @ts-expect-error: no such option
  assert.throws(() => definePredictor({ name: "typed", predict, exmaples: [] }));
  // @ts-expect-error: a schema is not a plain object
  assert.throws(() => definePredictor({ name: "typed", predict, input: { type: "object" } }));
  definePredictor({
    name: "typed",
    output: v.string(),
    // @ts-expect-error: predict must return what the output schema holds
    predict: () => 1,
  });
});

/** Node strips the types above without looking at them; the compiler is what holds them. */
test("the types of this file hold", { timeout: 30_000 }, async () => {
  const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
  const flags = ["--noEmit", "--strict", "--target", "es2024", "--module", "nodenext", "--skipLibCheck"];
  const sources = ["--customConditions", "@tricast/source", "--allowImportingTsExtensions", "--types", "node"];
  const file = fileURLToPath(import.meta.url);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "--ignoreConfig", ...flags, ...sources, file]).catch(
    ({ stdout }: { stdout: string }) => assert.fail(stdout),
  );
});
