import { mediaTypes } from "../body/decode.ts";
import { ERRORS } from "../errors.ts";
import type { ZeroCode } from "../model/source.ts";
import type { AnyPredictor } from "../predictor.ts";
import type { JsonSchema, StandardSchema } from "../standard-schema.ts";
import { ROUTES, type Route } from "./routes.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * The OpenAPI 3.1 document of a predictor (spec.openapis.org/oas/v3.1.1).
 * @param mount The public path before the routes, such as `/prod/iris`; empty if nothing precedes them.
 */
export async function openApiDocument(
  predictor: AnyPredictor,
  version: string,
  zeroCode: ZeroCode | undefined,
  mount = "",
): Promise<Json> {
  const { name, description, examples } = predictor.definition;
  const paths: Record<string, Json> = {};
  for (const [path, route] of Object.entries(ROUTES)) paths[path] = pathItem(path, route, predictor, examples ?? []);
  return {
    openapi: "3.1.0",
    info: { title: name, version, description },
    ...(mount !== "" && { servers: [{ url: mount }] }),
    paths,
    components: {
      schemas: {
        Input: embed(await schemaOf(predictor, "input", zeroCode?.inputJsonSchema), "Input"),
        Output: embed(await schemaOf(predictor, "output", zeroCode?.outputJsonSchema), "Output"),
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
    const named = examples.filter(isJson).map((value, index) => [`example${index}`, { value }] as const);
    return {
      schema: { anyOf: [ref("Input"), manyOf("instances", "Input")] },
      ...(named.length > 0 ? { examples: Object.fromEntries(named) } : {}),
    };
  }
  return { schema: type.startsWith("text/") || type.endsWith("json") ? { type: "string" } : {} };
}

/** Bytes are an example of a binary body, not of a JSON one. */
function isJson(example: unknown): boolean {
  return !ArrayBuffer.isView(example);
}

function manyOf(key: string, schema: string): Json {
  return { type: "object", required: [key], properties: { [key]: { type: "array", items: ref(schema) } } };
}

/** The JSON Schema of one side; `fromModel` is the model's own, if the model is the interface. */
export async function schemaOf(
  { definition }: AnyPredictor,
  side: "input" | "output",
  fromModel: JsonSchema | undefined,
): Promise<JsonSchema> {
  if (fromModel !== undefined) return fromModel;
  const given = side === "input" ? definition.inputJsonSchema : definition.outputJsonSchema;
  if (given !== undefined) return (typeof given === "function" ? await given() : given) as JsonSchema;
  const schema = definition[side] as StandardSchema | undefined;
  const converter = schema?.["~standard"].jsonSchema;
  if (converter === undefined) return {};
  try {
    // The output schema checks its input type; clients read its output type.
    return converter[side]({ target: "draft-2020-12" });
  } catch {
    // JSON Schema cannot express the type, such as a date. The rest of the document is still useful.
    return { description: `The ${side} schema of ${definition.name} cannot be written as JSON Schema` };
  }
}

/**
 * The schema for use within a document: references to its own root (`#`, `#/$defs/...`) point to the new place of that
 * root. A schema with an `$id` is a document of its own, and stays unchanged.
 */
function embed(schema: JsonSchema, name: string): JsonSchema {
  return schema.$id === undefined ? (rebased(schema, `#/components/schemas/${name}`) as JsonSchema) : schema;
}

/** Members with data, in which `$ref` has no special meaning. */
const DATA = ["const", "enum", "default", "examples"];
/** Members that hold schemas by name, where `default` and `$ref` are names. */
const BY_NAME = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];

function rebased(node: unknown, root: string): unknown {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map((item) => rebased(item, root));
  return mapMembers(node, (value, key) => {
    if (key === "$ref" && typeof value === "string") return isLocal(value) ? root + value.slice(1) : value;
    if (DATA.includes(key)) return value;
    const byName = BY_NAME.includes(key) && typeof value === "object" && value !== null;
    return byName ? mapMembers(value, (schema) => rebased(schema, root)) : rebased(value, root);
  });
}

function mapMembers(object: object, change: (value: unknown, key: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}

function isLocal(reference: string): boolean {
  return reference === "#" || reference.startsWith("#/");
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
