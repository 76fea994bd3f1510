import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor, type StandardSchema } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { JSON_HEADERS, jsonOf, post } from "./support/calls.ts";

const LIBRARIES: Record<string, StandardSchema<unknown, unknown>> = {
  valibot: v.object({ "a/b": v.array(v.object({ "c~d": v.number() })), e: v.string() }),
  zod: z.object({ "a/b": z.array(z.object({ "c~d": z.number() })), e: z.string() }),
  arktype: type({ "a/b": type({ "c~d": "number" }).array(), e: "string" }),
};
const BAD = { "a/b": [{ "c~d": 1 }, { "c~d": "x" }] };

const single = (input: StandardSchema<unknown, unknown>) =>
  createService(definePredictor({ name: "a", input, predict: () => 1 }));
const batch = (input: StandardSchema<unknown, unknown>) =>
  createService(definePredictor({ name: "a", input, predictBatch: (inputs) => inputs.map(() => 1) }));

for (const [library, schema] of Object.entries(LIBRARIES)) {
  test(`every wrong place is a JSON Pointer into the body, with ${library}`, async () => {
    for (const service of [single(schema), batch(schema)]) {
      const response = await post(service, BAD);
      assert.equal(response.status, 422);
      const { code, errors } = jsonOf(response);
      assert.equal(code, "invalid-input");
      assert.deepEqual(errors.map(({ pointer }: { pointer: string }) => pointer).sort(), ["/a~1b/1/c~0d", "/e"]);
      for (const { message } of errors) assert.ok(message.length > 0);
    }
  });

  test(`every bad instance is reported at once, with ${library}`, async () => {
    for (const service of [single(schema), batch(schema)]) {
      const good = { "a/b": [], e: "" };
      const response = await post(service, { instances: [BAD, good, { "a/b": [] }] });
      const pointers = jsonOf(response).errors.map(({ pointer }: { pointer: string }) => pointer);
      assert.deepEqual(pointers.sort(), ["/instances/0/a~1b/1/c~0d", "/instances/0/e", "/instances/2/e"]);
    }
  });
}

test("rows of CSV and NDJSON are pointed to by their number", async () => {
  const service = single(v.array(v.number()));
  for (const [contentType, body] of [
    ["text/csv", "1,2\n3,x\n"],
    ["application/x-ndjson", '[1,2]\n[3,"x"]\n'],
  ] as const) {
    const { errors } = jsonOf(await post(service, body, { "content-type": contentType }));
    assert.deepEqual(
      errors.map(({ pointer }: { pointer: string }) => pointer),
      ["/1/1"],
    );
  }
});

test("a wrong body as a whole points to the whole", async () => {
  const { errors, detail } = jsonOf(await post(single(v.string()), 1));
  assert.deepEqual(errors, [{ pointer: "", message: detail }]);
});

test("the detail shows three issues and counts the rest; the list stops at a hundred", async () => {
  const { detail, errors } = jsonOf(await post(single(v.array(v.number())), JSON.stringify(Array(150).fill("x"))));
  assert.match(detail, /^\/0: .*; \/1: .*; \/2: .* \(and 147 more\)$/);
  assert.equal(errors.length, 100);
});

test("a schema may check asynchronously, and may change the value", async () => {
  const input = v.pipeAsync(
    v.string(),
    v.checkAsync(async (text) => text !== "no", "must not be no"),
    v.transform((text) => text.length),
  );
  const service = createService(definePredictor({ name: "a", input, predict: (length) => ({ length }) }));
  assert.deepEqual(jsonOf(await post(service, '"four"')), { length: 4 });
  assert.equal(jsonOf(await post(service, '"no"')).detail, "must not be no");
  assert.deepEqual(jsonOf(await post(service, { instances: ["a", "bb"] })).predictions, [{ length: 1 }, { length: 2 }]);
});

test("an output outside its own schema is the predictor's fault, and the client reads no more than that", async () => {
  const output = v.object({ label: v.picklist(["secret-label"]) });
  const wrong = { label: "other" } as never;
  for (const service of [
    createService(definePredictor({ name: "a", output, predict: () => wrong })),
    createService(definePredictor({ name: "a", output, predictBatch: (inputs) => inputs.map(() => wrong) })),
  ]) {
    for (const body of [{}, { instances: [{}] }]) {
      const response = await post(service, body);
      assert.equal(response.status, 500);
      assert.deepEqual(Object.keys(jsonOf(response)), ["type", "title", "status", "code"]);
      assert.equal(jsonOf(response).code, "invalid-output");
      assert.ok(!(response.body as string).includes("secret-label"));
    }
  }
});

test("predictBatch must give one output per input", async () => {
  for (const outputs of [[], [1, 2], 1, undefined, "ab"]) {
    const service = createService(definePredictor({ name: "a", predictBatch: () => outputs as never }));
    assert.equal(jsonOf(await post(service, { instances: [1] })).code, "invalid-output");
    assert.equal(jsonOf(await post(service, 1)).code, "invalid-output");
  }
});

test("a schema that throws is internal, and the instance serves the next request", async () => {
  const input: StandardSchema<unknown, unknown> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        if (value === "throw") throw new Error("secret");
        return { value };
      },
    },
  };
  const service = single(input);
  for (const body of ['"throw"', '{"instances":["throw"]}']) {
    const response = await post(service, body, JSON_HEADERS);
    assert.equal(response.status, 500);
    assert.ok(!(response.body as string).includes("secret"));
  }
  assert.equal((await post(service, "1")).status, 200);
});
