import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePredictor, type TricastError } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { bytesOf, jsonOf, post } from "./support/calls.ts";
import { counting } from "./support/counting.ts";
import {
  ATTACKS,
  at,
  bad,
  features,
  good,
  isRefusedCheaply,
  list,
  MANY,
  MOST_MADE,
  outcome,
  record,
  records,
  rows,
  type Schema,
  takesWhatLibrariesTake,
} from "./support/large-values.ts";

describe("a value with very many bad elements", () => {
  // One library for each attack; each with every other in many-issues.soak.test.ts.
  for (const [index, [title, schemas, make]] of ATTACKS.entries()) {
    const libraries = Object.entries(schemas);
    const [library, schema] = libraries[(index + 2) % libraries.length] as (typeof libraries)[number];
    test(`${title}, ${library}: refused, and no library makes an issue for each`, () =>
      isRefusedCheaply(schema, make()));
  }

  test("its issues point to where the bad elements are in the whole", async () => {
    const value = { features: list(MANY, (index) => (index % 3 === 0 ? "" : 1)) };
    for (const library of ["valibot", "zod", "arktype"]) {
      const { error } = await outcome(features[library] as Schema, value);
      const { issues = [] } = error as TricastError;
      assert.equal(issues.length, 100, library);
      for (const { pointer } of issues) assert.equal(at(value, pointer), "", `${library} ${pointer}`);
      assert.equal(new Set(issues.map(({ pointer }) => pointer)).size, 100);
      assert.match((error as TricastError).message, /\(and at least [1-9]\d+ more\)$/);
      // arktype's own message would name a place in the sample.
      assert.ok(
        issues.every(({ message }) => !/\d{2}/.test(message)),
        issues[50]?.message,
      );
    }
    const nested = list(500, (row) => list(600, (column) => ((row + column) % 2 === 0 ? "" : 1)));
    for (const { pointer } of (await outcome(rows.zod as Schema, nested)).error?.issues ?? [])
      assert.equal(at(nested, pointer), "", pointer);
  });

  test("one in a hundred is too few for a refusal by the sample; every one is looked for then", async () => {
    const value = { features: list(MANY, (index) => (index % 100 === 7 ? "" : 1)) };
    const { error } = await outcome(features.zod as Schema, value);
    assert.equal(error?.issues?.[1]?.pointer, "/features/107");
    assert.match(error?.message ?? "", /\(and 2997 more\)$/);
  });

  test("the only bad element of all is found", async () => {
    const value = { features: list(MANY, (index) => (index === MANY - 1 ? "" : 1)) };
    for (const [library, schema] of Object.entries(features)) {
      const { error } = await outcome(schema, value);
      assert.equal(error?.code, "invalid-input", library);
    }
  });
});

describe("a large value that is right is never refused because of the sample", () => {
  const numbers = list(20_000, (index) => index);
  const RIGHT: readonly (readonly [title: string, schema: Schema, value: unknown])[] = [
    ["a list of an exact length, valibot", v.pipe(v.array(v.number()), v.length(20_000)), numbers],
    ["a list of an exact length, zod", z.array(z.number()).length(20_000), numbers],
    ["a list of an exact length, arktype", type("number[] == 20000"), numbers],
    ["a list of a least length", v.pipe(v.array(v.number()), v.minLength(15_000)), numbers],
    ["rows of an exact length, arktype", rows["arktype with both lengths"] as Schema, list(500, () => list(600, good))],
    ["a tuple with a rest", z.tuple([z.string(), z.boolean()]).rest(z.number()), ["a", true, ...numbers]],
    ["a tuple, valibot", v.tupleWithRest([v.string()], v.number()), ["a", ...numbers]],
    [
      "an object whose keys are far back",
      z.looseObject({ last: z.string(), other: z.object({ a: z.number() }) }),
      { ...record(20_000, good), last: "x", other: { a: 1 } },
    ],
    [
      "a union of objects whose keys are far back",
      v.union([v.object({ nothing: v.array(v.number()) }), v.looseObject({ last: v.string(), end: v.number() })]),
      { nothing: list(20_000, bad), ...record(20_000, good), last: "x", end: 1 },
    ],
    [
      "a union of lists of exact lengths, zod",
      z.union([z.array(z.number()), z.array(z.string()).length(20_000)]),
      list(20_000, bad),
    ],
    [
      "a union of lists of exact lengths, valibot",
      v.union([v.array(v.number()), v.pipe(v.array(v.string()), v.length(20_000))]),
      list(20_000, bad),
    ],
    ["a union of lists of exact lengths, arktype", type("number[]").or("string[] == 20000"), list(20_000, bad)],
    [
      "a list that is checked as a whole",
      v.pipe(
        v.array(v.number()),
        v.check((all) => all.every((each, i) => each === i), "in their order, all of them"),
      ),
      numbers,
    ],
    [
      "a list whose elements ascend, checked one by one",
      z.array(z.number()).superRefine((all, context) => {
        for (const [i, each] of all.entries())
          if (i > 0 && each < (all[i - 1] as number)) context.addIssue({ code: "custom", path: [i] });
      }),
      numbers,
    ],
    [
      "a key named __proto__",
      records.zod as Schema,
      JSON.parse(`{"__proto__":1,${JSON.stringify(record(20_000, good)).slice(1)}`),
    ],
    ["bytes", v.object({ a: v.instance(Uint8Array), b: v.array(v.number()) }), { a: new Uint8Array(9), b: numbers }],
  ];
  for (const [title, schema, value] of RIGHT) {
    test(title, async () => {
      for (let round = 0; round < 3; round++) {
        const counted = counting(schema);
        const { value: given, error } = await outcome(counted, value);
        assert.equal(error, undefined);
        assert.deepEqual(given, await (schema["~standard"].validate(value) as { value: unknown }).value);
        assert.ok(counted.calls > 1, "it was not sampled at all");
      }
    });
  }

  test("a tuple of eight different kinds before millions of numbers", async () => {
    const kinds = [v.string(), v.boolean(), v.string(), v.boolean(), v.string(), v.boolean(), v.string(), v.boolean()];
    const value = ["a", true, "b", false, "c", true, "d", false, ...list(1_000, good)];
    for (let rest = 0; rest < 4_000_000; rest++) value.push(rest);
    const schema = v.tupleWithRest(kinds, v.number());
    assert.equal((await outcome(schema, value)).error, undefined);
  });

  test("what a schema throws at the sample alone does not count", async () => {
    const schema: Schema = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => {
          if ((value as unknown[]).length < 20_000) throw new Error("cannot be");
          return { value };
        },
      },
    };
    assert.equal((await outcome(schema, numbers)).value, numbers);
  });

  test("a value that holds itself comes to an end", async () => {
    const own: Record<string, unknown> = { numbers };
    own.own = own;
    const { value } = await outcome(v.any(), own);
    assert.equal(value, own);
  });
});

test("any large value is taken or refused as the library itself takes or refuses it", () =>
  takesWhatLibrariesTake({ numRuns: 10, seed: 1 }));

test("a schema that checks asynchronously is sampled too", async () => {
  const schema = counting(
    v.objectAsync({
      features: v.arrayAsync(
        v.pipeAsync(
          v.number(),
          v.checkAsync(async () => true),
        ),
      ),
    }),
  );
  const { error } = await outcome(schema, { features: list(MANY, bad) });
  assert.equal(error?.code, "invalid-input");
  assert.ok(schema.most <= MOST_MADE, String(schema.most));
  const right = { features: list(20_000, good) };
  assert.deepEqual((await outcome(schema, right)).value, right);
});

describe("what is kept of issues", () => {
  const serve = (input: Schema, output?: Schema) => [
    createService(definePredictor({ name: "a", input, ...(output && { output }), predict: (value) => value })),
    createService(definePredictor({ name: "a", input, ...(output && { output }), predictBatch: (values) => values })),
  ];

  test("instances are looked at until there are a hundred", async () => {
    const schema = counting(v.object({ a: v.number(), b: v.number() }));
    for (const service of serve(schema)) {
      const before = schema.calls;
      const { errors, detail } = jsonOf(await post(service, { instances: list(9_000, () => ({ a: "", b: "" })) }));
      assert.equal(errors.length, 100);
      assert.match(detail, /\(and at least 97 more\)$/);
      assert.equal(schema.calls - before, 50);
    }
  });

  test("all of them are counted where there are fewer", async () => {
    for (const service of serve(v.number())) {
      const { errors, detail } = jsonOf(
        await post(service, { instances: list(9_000, (i) => (i % 100 === 0 ? "" : 1)) }),
      );
      assert.equal(errors.length, 90);
      assert.match(detail, /\(and 87 more\)$/);
    }
  });

  test("outputs are looked at until one is bad", async () => {
    const output = counting(v.array(v.number()));
    const [, service] = serve(v.any(), output);
    const response = await post(service!, { instances: list(500, () => list(500, bad)) });
    assert.equal(jsonOf(response).code, "invalid-output");
    assert.equal(output.calls, 1);
  });

  test("an output with very many bad elements makes no issue for each", async () => {
    for (const index of [0, 1]) {
      const output = counting(v.array(v.number()));
      const service = serve(v.any(), output)[index]!;
      assert.equal(jsonOf(await post(service, list(MANY, bad))).code, "invalid-output");
      assert.ok(output.most <= MOST_MADE);
    }
  });

  test("a key or a value as long as the body is not repeated in each issue", async () => {
    const long = "k/~".repeat(50_000);
    for (const [schema, value] of [
      [z.record(z.string(), z.array(z.number())), { [long]: list(100, bad) }],
      [v.record(v.string(), v.array(v.number())), { [long]: list(100, bad) }],
      [v.array(v.number()), list(100, () => long)],
      [z.strictObject({}), { [long]: 1 }],
      [v.strictObject({}), { [long]: 1 }],
    ] as const) {
      const response = await post(serve(schema)[0]!, JSON.stringify(value));
      assert.equal(response.status, 422);
      const { length } = bytesOf(response);
      assert.ok(length < 200_000, `${length} bytes`);
    }
  });

  test("a union that fails as a whole points to the whole, with arktype too", async () => {
    const { error } = await outcome(type({ a: "number" }).or({ b: "number" }), {});
    assert.equal(error?.issues?.[0]?.pointer, "");
  });
});
