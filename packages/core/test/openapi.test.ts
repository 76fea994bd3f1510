import assert from "node:assert/strict";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { type AnyPredictor, definePredictor } from "@tricast/core";
import { createService, ERRORS } from "@tricast/core/adapter";
import { toJsonSchema } from "@valibot/to-json-schema";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { get, invocation, jsonOf } from "./support/calls.ts";

const valibotInput = v.object({ a: v.number(), tag: v.optional(v.picklist(["x", "y"])) });
const Tree = z.object({
  value: z.number(),
  get children() {
    return z.array(Tree);
  },
});
const Shared = z.object({ id: z.int() }).meta({ id: "Shared" });

const PREDICTORS: Record<string, AnyPredictor> = {
  bare: definePredictor({ name: "bare", predict: () => 1 }),
  valibot: definePredictor({
    name: "with-valibot",
    version: "7",
    description: "numbers in",
    input: valibotInput,
    inputJsonSchema: () => toJsonSchema(valibotInput),
    output: v.number(),
    outputJsonSchema: { type: "number" },
    examples: [{ a: 1 }, { a: 2, tag: "x" }],
    predict: ({ a }) => a,
  }),
  zod: definePredictor({
    name: "with-zod",
    input: z.object({ a: z.number(), tag: z.enum(["x", "y"]).default("x") }),
    output: z.object({ label: z.string() }),
    examples: [{ a: 1 }],
    predict: ({ tag }) => ({ label: tag }),
  }),
  "zod, recursive and shared": definePredictor({
    name: "with-refs",
    input: Tree,
    output: z.object({ left: Shared, right: Shared }),
    examples: [{ value: 1, children: [{ value: 2, children: [] }] }],
    predict: () => ({ left: { id: 1 }, right: { id: 2 } }),
  }),
  arktype: definePredictor({
    name: "with-arktype",
    input: type({ a: "number >= 0", "tags?": "string[]" }),
    output: type("string"),
    examples: [{ a: 1, tags: ["x"] }],
    predict: ({ a }) => String(a),
  }),
  decoders: definePredictor({
    name: "with-decoders",
    decoders: { "image/png": () => 1, "audio/*": () => 1 },
    cors: { origins: "*" },
    predictBatch: (inputs) => inputs,
  }),
  "a type JSON Schema lacks": definePredictor({
    name: "with-date",
    input: z.object({ at: z.date() }),
    predict: () => 1,
  }),
};

// biome-ignore lint/suspicious/noExplicitAny: a test asserts the shape of what it reads
async function documentOf(predictor: AnyPredictor): Promise<any> {
  const response = await get(createService(predictor), "/openapi.json");
  assert.equal(response.status, 200);
  assert.equal(response.headers["content-type"], "application/json");
  return jsonOf(response);
}

test("servers name the path that the document was requested at", async () => {
  const service = createService(definePredictor({ name: "a", predict: () => 1 }), { basePath: "/iris" });
  const serversAt = async (path: string, prefix?: string) => {
    const head = { method: "GET", path, prefix, query: "", headers: {}, body: undefined };
    return jsonOf(await service.handle(head, invocation())).servers;
  };
  assert.equal(await serversAt("/openapi.json"), undefined);
  assert.equal(await serversAt("/openapi.json", ""), undefined);
  assert.deepEqual(await serversAt("/iris/openapi.json"), [{ url: "/iris" }]);
  assert.deepEqual(await serversAt("/api/v1/iris/openapi.json/"), [{ url: "/api/v1/iris" }]);
  assert.deepEqual(await serversAt("/openapi.json", "/prod"), [{ url: "/prod" }]);
  assert.deepEqual(await serversAt("/iris/openapi.json", "/prod"), [{ url: "/prod/iris" }]);
});

/** What a JSON Pointer reference points to, in the document as a whole, as OpenAPI 3.1 reads it. */
function resolved(document: unknown, reference: string): unknown {
  const parts = reference
    .slice(2)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return parts.reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document);
}

// Made once: each compiles the schemas of a whole standard.
const validator = new Validator();
const ajv = new Ajv2020({ strict: false });
let documents = 0;

/** Validators for the schemas within a document, by where they stand, with references read as OpenAPI 3.1 reads them. */
function schemasOf(document: object): (pointer: string) => ValidateFunction {
  const id = `document-${++documents}.json`;
  ajv.addSchema(document, id);
  return (pointer) => ajv.compile({ $ref: `${id}#${pointer}` });
}

function references(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === "$ref" && typeof value === "string" ? [value] : references(value),
  );
}

for (const [name, predictor] of Object.entries(PREDICTORS)) {
  test(`the document of a predictor (${name}) is OpenAPI 3.1`, async () => {
    const document = await documentOf(predictor);
    const { valid, errors } = await validator.validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, "3.1");
    assert.equal(document.info.title, predictor.definition.name);
    assert.equal(document.info.version, predictor.definition.version ?? "1");
  });

  test(`every reference in the document (${name}) points to something in it`, async () => {
    const document = await documentOf(predictor);
    for (const reference of references(document)) {
      assert.match(reference, /^#\/components\//);
      assert.notEqual(resolved(document, reference), undefined, reference);
    }
  });

  test(`the examples in the document (${name}) fit its input schema`, async () => {
    const document = await documentOf(predictor);
    const schemaAt = schemasOf(document);
    const { examples = {} } = document.paths["/predict"].post.requestBody.content["application/json"];
    const values = (Object.values(examples) as { value: unknown }[]).map(({ value }) => value);
    assert.deepEqual(values, predictor.definition.examples ?? []);
    const validate = schemaAt("/components/schemas/Input");
    for (const value of values) assert.ok(validate(value), JSON.stringify(validate.errors));
    const requestBody = schemaAt("/paths/~1predict/post/requestBody/content/application~1json/schema");
    assert.ok(requestBody({ instances: values }));
  });
}

test("a schema that refuses an input in the service refuses it in the document", async () => {
  for (const name of ["valibot", "zod", "arktype", "zod, recursive and shared"]) {
    const document = await documentOf(PREDICTORS[name] as AnyPredictor);
    const validate = schemasOf(document)("/components/schemas/Input");
    for (const wrong of [{}, { a: "x", value: 1, children: [{ value: "deep" }] }, [], null]) {
      assert.equal(validate(wrong), false, `${name} ${JSON.stringify(wrong)}`);
    }
  }
});

test("the document tells routes, media types, problems and what a client reads", async () => {
  const document = await documentOf(PREDICTORS.decoders as AnyPredictor);
  assert.deepEqual(Object.keys(document.paths), ["/predict", "/", "/health", "/ready", "/metadata", "/openapi.json"]);
  const { content } = document.paths["/predict"].post.requestBody;
  for (const media of ["application/json", "application/x-ndjson", "text/csv", "image/png", "audio/*", "image/*"]) {
    assert.ok(media in content, media);
  }
  assert.deepEqual(document.components.schemas.Problem.properties.code.enum, Object.keys(ERRORS));
});

test("a schema that changes its value is described to the client as it is sent and as it is read", async () => {
  const through = z.string().transform(Number).pipe(z.number());
  const document = await documentOf(
    definePredictor({ name: "a", input: through, output: through, predict: (value) => value }),
  );
  assert.equal(document.components.schemas.Input.type, "string");
  assert.equal(document.components.schemas.Output.type, "number");
});

test("references named in data stay as they are", async () => {
  const inputJsonSchema = {
    type: "object",
    properties: { $ref: { type: "string" }, default: { $ref: "#/$defs/a" } },
    const: { $ref: "#/x" },
    $defs: { a: { $ref: "https://example.com/schema#/y" } },
  };
  const own = { $id: "https://example.com/own", $ref: "#/$defs/b", $defs: { b: {} } };
  const { components } = await documentOf(
    definePredictor({ name: "a", inputJsonSchema, outputJsonSchema: own, predict: () => 1 }),
  );
  assert.deepEqual(components.schemas.Input, {
    ...inputJsonSchema,
    properties: { $ref: { type: "string" }, default: { $ref: "#/components/schemas/Input/$defs/a" } },
  });
  assert.deepEqual(components.schemas.Output, own);
});

test("a model without code describes itself once it is loaded", async () => {
  const document = await documentOf(
    definePredictor({
      name: "zero",
      model: {
        uri: "memory",
        load: async () => "m",
        zeroCode: () => ({
          input: v.unknown(),
          inputJsonSchema: { type: "array" },
          outputJsonSchema: { type: "object" },
          exactIntegers: false,
          batchable: true,
          predict: async () => ({}),
          predictBatch: async (inputs) => inputs.map(() => ({})),
          infer: async (tensors) => tensors,
          warmUp: async () => {},
        }),
      },
    }),
  );
  assert.deepEqual(document.components.schemas.Input, { type: "array" });
  assert.deepEqual(document.components.schemas.Output, { type: "object" });
});
