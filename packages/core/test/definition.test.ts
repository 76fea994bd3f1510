import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor, isPredictor, isTricastError } from "@tricast/core";
import { createService, nearest, refuseUnknown, show } from "@tricast/core/adapter";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

const predict = () => 1;
const model = { uri: "memory", load: () => 1 };

/** Each wrong definition beside what its message must say: the value seen, the rule or the fix. */
const REFUSED: readonly [definition: unknown, message: RegExp][] = [
  [undefined, /^definePredictor takes an object, not undefined$/],
  [null, /takes an object, not null/],
  ["iris", /takes an object, not "iris"/],
  [{ name: "a", predict, exmaples: [] }, /no option "exmaples"; did you mean "examples"\?/],
  [{ name: "a", predict, zzzzzzzz: 1 }, /no option "zzzzzzzz"; known: name, version/],
  [{ predict }, /^name is undefined; it must be 1 to 63/],
  [{ name: "Iris", predict }, /^name is "Iris"/],
  [{ name: "1iris", predict }, /^name is "1iris"/],
  [{ name: "", predict }, /^name is ""/],
  [{ name: "a".repeat(64), predict }, /^name is "a{64}"/],
  [{ name: "a\n", predict }, /^name is "a\\n"/],
  [{ name: "a", predict, version: 2 }, /^version is 2; it must be a string/],
  [{ name: "a", predict, description: ["x"] }, /^description is an array of 1; it must be a string/],
  [{ name: "a", predict, model, load: predict }, /^both model and load are given/],
  [{ name: "a", predict, load: "model.onnx" }, /^load is "model.onnx"; it must be a function/],
  [{ name: "a", predict, model: "iris.onnx" }, /^model is "iris.onnx"; it must be a model source/],
  [{ name: "a", predict, model: null }, /^model is null; it must be a model source/],
  [{ name: "a", predict, models: { model } }, /^models has the key "model"/],
  [{ name: "a", predict, models: { a: {} } }, /^models\.a is an object with no keys; it must be a model source/],
  [{ name: "a", predict, models: { a: undefined } }, /^models\.a is null; it must be a model source/],
  [{ name: "a", predict, models: [model] }, /^models is an array of 1; it must be an object/],
  [{ name: "a", predict, predictBatch: predict }, /^both predict and predictBatch are given/],
  [{ name: "a", predict: 1 }, /^predict is 1; it must be a function/],
  [{ name: "a", predictBatch: {} }, /^predictBatch is an object with no keys; it must be a function/],
  [{ name: "a" }, /^neither predict nor predictBatch is given/],
  [{ name: "a", model }, /^neither predict nor predictBatch is given, and no model can serve itself/],
  [{ name: "a", load: predict }, /^neither predict nor predictBatch/],
  [{ name: "a", predict, input: {} }, /^input is an object with no keys; it must follow Standard Schema/],
  [{ name: "a", predict, output: null }, /^output is null; it must follow Standard Schema/],
  [{ name: "a", predict, examples: {} }, /^examples is an object with no keys; it must be an array of inputs/],
  [{ name: "a", predict, decoders: [] }, /^decoders is an array of 0; it must be an object/],
  [{ name: "a", predict, decoders: { "image/PNG": predict } }, /^decoders has "image\/PNG"; .*lower-case media type/],
  [{ name: "a", predict, decoders: { png: predict } }, /^decoders has "png"/],
  [{ name: "a", predict, decoders: { "image/png": true } }, /^decoders\["image\/png"\] is true; .* a function/],
  [{ name: "a", predict, fromCsvRow: 1 }, /^fromCsvRow is 1; it must be a function/],
  [{ name: "a", predict, limits: null }, /^limits is null; it must be an object/],
  [{ name: "a", predict, limits: { bodyByte: 1 } }, /^limits has no option "bodyByte"; did you mean "bodyBytes"/],
  [{ name: "a", predict, limits: { bodyBytes: 0 } }, /^limits\.bodyBytes is 0; it must be a whole number, above 0/],
  [{ name: "a", predict, limits: { instances: 1.5 } }, /^limits\.instances is 1\.5/],
  [{ name: "a", predict, limits: { timeoutMs: "1s" } }, /^limits\.timeoutMs is "1s"/],
  [{ name: "a", predict, cors: true }, /^cors is true; it must be an object/],
  [{ name: "a", predict, cors: { origin: "*" } }, /^cors has no option "origin"; did you mean "origins"/],
  [
    { name: "a", predict, cors: { origins: "https://a.example" } },
    /^cors\.origins is "https:\/\/a\.example"; it must be/,
  ],
  [{ name: "a", predict, cors: { origins: ["https://a.example/"] } }, /^cors\.origins has "https:\/\/a\.example\/"/],
  [{ name: "a", predict, cors: { origins: ["a.example"] } }, /^cors\.origins has "a\.example"/],
  [{ name: "a", predict, cors: { origins: "*", credentials: true } }, /"\*" with credentials; browsers refuse/],
  [{ name: "a", predict, cors: { origins: "*", maxAgeSeconds: -1 } }, /^cors\.maxAgeSeconds is -1/],
  [{ name: "a", predict, warmup: null }, /^warmup is null; it must be an object/],
  [{ name: "a", predict, warmup: { hold: 5 } }, /^warmup has no option "hold"; did you mean/],
  [{ name: "a", predict, warmup: { holdMs: "75" } }, /^warmup\.holdMs is "75"/],
  [{ name: "a", predict, warmup: { http: "none" } }, /^warmup\.http is "none"; it must be "secret" or "platform"/],
];

for (const [definition, message] of REFUSED) {
  test(`refuses a definition: ${message.source}`, () => {
    assert.throws(
      () => definePredictor(definition as never),
      (error) => {
        assert.ok(isTricastError(error));
        assert.equal(error.code, "invalid-definition");
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test("takes every option there is, from any Standard Schema library", () => {
  for (const input of [v.object({ a: v.number() }), z.object({ a: z.number() }), type({ a: "number" })]) {
    const predictor = definePredictor({
      name: "full-2",
      version: "3",
      description: "everything",
      models: { first: model, second: model },
      input,
      output: v.number(),
      inputJsonSchema: {},
      outputJsonSchema: () => ({}),
      examples: [{ a: 1 }],
      decoders: { "image/*": () => ({ a: 1 }), "application/vnd.example+json": () => ({ a: 2 }) },
      fromCsvRow: () => ({ a: 3 }),
      limits: { bodyBytes: 1, instances: 1, timeoutMs: 1 },
      cors: { origins: ["https://a.example:8443", "null", "capacitor://localhost"], maxAgeSeconds: 0, headers: [] },
      warmup: { holdMs: 0, http: "platform" },
      predict: ({ a }) => a,
    });
    assert.ok(isPredictor(predictor));
  }
});

test("a definition is kept as it was given", () => {
  const definition = Object.freeze({ name: "a", predict });
  assert.equal(definePredictor(definition).definition, definition);
});

test("nothing but what definePredictor returned is a predictor", () => {
  for (const value of [
    undefined,
    null,
    1,
    {},
    { definition: {} },
    { default: definePredictor({ name: "a", predict }) },
  ]) {
    assert.equal(isPredictor(value), false);
    assert.throws(() => createService(value as never), { code: "invalid-definition" });
  }
});

test("a service refuses options that could never take effect", () => {
  const predictor = definePredictor({ name: "a", predict });
  const refused: readonly [unknown, RegExp][] = [
    [{ basepath: "/a" }, /did you mean "basePath"/],
    [{ platform: "aws" }, /platform is "aws"; it must be an object such as \{ name: "acme" \}/],
    [{ platform: null }, /platform is null; it must be an object/],
    [{ platform: {} }, /platform\.name is undefined; it must be lower-case words joined by dashes/],
    [{ platform: { name: "Acme Cloud" } }, /platform\.name is "Acme Cloud"/],
    [{ platform: { name: "acme", servesmany: () => true } }, /did you mean "servesMany"/],
    [{ platform: { name: "acme", servesMany: true } }, /platform\.servesMany is true; it must be a function/],
    [{ platform: { name: "acme", replyBytes: 0 } }, /platform\.replyBytes is 0; it must be a number of bytes above 0/],
    [{ platform: { name: "acme", requestBytes: "6MB" } }, /platform\.requestBytes is "6MB"/],
    [{ guard: {} }, /guard is an object with no keys; it must be a function/],
    [{ basePath: "iris" }, /basePath is "iris"/],
    [{ basePath: "/iris/" }, /basePath is "\/iris\/"/],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => createService(predictor, options as never), { code: "invalid-option", message });
  }
});

test("the nearest name is suggested for a slip of the keys and not for another word", () => {
  const known = ["predict", "predictBatch", "examples", "id"];
  assert.equal(nearest("predcit", known), "predict");
  assert.equal(nearest("PREDICT", known), "predict");
  assert.equal(nearest("predict_batch", known), "predictBatch");
  assert.equal(nearest("example", known), "examples");
  assert.equal(nearest("xy", known), undefined);
  assert.equal(nearest("x", ["y"]), undefined);
  assert.equal(nearest("", known), undefined);
  assert.equal(nearest("anything", []), undefined);
});

test("members of Object.prototype are unknown options like any other", () => {
  assert.throws(() => refuseUnknown(JSON.parse('{"__proto__": 1}'), ["a"], "x()"), {
    code: "invalid-option",
    message: 'x() has no option "__proto__"; known: a',
  });
  assert.throws(() => refuseUnknown({ constructor: 1 }, ["a"], "x()"), /no option "constructor"/);
});

test("values in messages are short and never throw", () => {
  assert.equal(show("a".repeat(500)).length, 82);
  assert.equal(show(Symbol("s")), "Symbol(s)");
  assert.equal(show(Object.create(null)), "an object with no keys");
  assert.equal(show(12n), "12n");
  assert.equal(show([1, 2]), "an array of 2");
  assert.equal(show(predict), "a function");
});
