import { mediaTypes } from "../body/decode.ts";
import { ERRORS } from "../errors.ts";
import type { ZeroCode } from "../model/source.ts";
import type { AnyPredictor } from "../predictor.ts";
import type { JsonSchema, StandardSchema } from "../standard-schema.ts";
import { ROUTES, type Route } from "./routes.ts";

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of a predictor (spec.openapis.org/oas/v3.1.1). */
export async function openApiDocument(
  predictor: AnyPredictor,
  version: string,
  zeroCode: ZeroCode | undefined,
): Promise<Json> {
  const { name, description, examples } = predictor.definition;
  const paths: Record<string, Json> = {};
  for (const [path, route] of Object.entries(ROUTES)) paths[path] = pathItem(path, route, predictor, examples ?? []);
  return {
    openapi: "3.1.0",
    info: { title: name, version, description },
    paths,
    components: {
      schemas: {
        Input: await schemaOf(predictor, "input", zeroCode?.inputJsonSchema),
        Output: await schemaOf(predictor, "output", zeroCode?.outputJsonSchema),
        Problem: PROBLEM,
      },
      responses: {
        Problem: { description: "An error", content: { "application/problem+json": { schema: ref("Problem") } } },
      },
    },
  };
}

function pathItem(path: string, route: Route, predictor: AnyPredictor, examples: readonly unknown[]): Json {
  const operationId = path === "/" ? "predictAtRoot" : route.name;
  if (route.name === "predict") {
    return {
      post: {
        operationId,
        summary: route.summary,
        requestBody: requestBody(predictor, examples),
        responses: PREDICT_RESPONSES,
      },
    };
  }
  const responses: Record<string, Json> = {
    "200": { description: "OK", content: { "application/json": { schema: {} } } },
  };
  if (route.name === "ready")
    responses["503"] = { description: "Not ready yet", content: { "application/json": { schema: {} } } };
  return { get: { operationId, summary: route.summary, responses: { ...responses, default: problem() } } };
}

const PREDICT_RESPONSES: Json = {
  "200": {
    description: "The prediction, or `predictions` in the order of `instances`",
    content: {
      "application/json": { schema: { anyOf: [ref("Output"), manyOf("predictions", "Output")] } },
      "application/x-ndjson": { schema: { type: "string" } },
    },
  },
  default: problem(),
};

function requestBody(predictor: AnyPredictor, examples: readonly unknown[]): Json {
  const content: Record<string, Json> = {};
  for (const type of mediaTypes(predictor)) content[type] = mediaType(type, examples);
  return { required: true, content };
}

function mediaType(type: string, examples: readonly unknown[]): Json {
  if (type === "application/json") {
    const named = examples.map((value, index) => [`example${index}`, { value }] as const);
    return {
      schema: { anyOf: [ref("Input"), manyOf("instances", "Input")] },
      ...(named.length > 0 ? { examples: Object.fromEntries(named) } : {}),
    };
  }
  return { schema: type.startsWith("text/") || type.endsWith("json") ? { type: "string" } : {} };
}

function manyOf(key: string, schema: string): Json {
  return { type: "object", required: [key], properties: { [key]: { type: "array", items: ref(schema) } } };
}

async function schemaOf(
  { definition }: AnyPredictor,
  side: "input" | "output",
  fromModel: JsonSchema | undefined,
): Promise<JsonSchema> {
  if (fromModel !== undefined) return fromModel;
  const given = side === "input" ? definition.inputJsonSchema : definition.outputJsonSchema;
  if (given !== undefined) return typeof given === "function" ? given() : given;
  const schema = definition[side] as StandardSchema | undefined;
  const converter = schema?.["~standard"].jsonSchema;
  // `predict` is checked against what the output schema takes; a client reads what it gives.
  return converter === undefined ? {} : converter[side]({ target: "draft-2020-12" });
}

function ref(schema: string): Json {
  return { $ref: `#/components/schemas/${schema}` };
}

function problem(): Json {
  return { $ref: "#/components/responses/Problem" };
}

const PROBLEM: Json = {
  type: "object",
  required: ["type", "title", "status", "code"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string", enum: Object.keys(ERRORS) },
    detail: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["pointer", "message"],
        properties: { pointer: { type: "string" }, message: { type: "string" } },
      },
    },
  },
};
