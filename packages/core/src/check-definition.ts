import type { CorsOptions, LimitOptions, PredictorDefinition, WarmupOptions } from "./definition.ts";
import { TricastError } from "./errors.ts";
import type { ModelSource } from "./model/source.ts";
import { refuseUnknown, show } from "./options.ts";
import type { StandardSchema } from "./standard-schema.ts";

const DEFINITION_KEYS = [
  "name",
  "version",
  "description",
  "model",
  "load",
  "models",
  "input",
  "output",
  "inputJsonSchema",
  "outputJsonSchema",
  "examples",
  "decoders",
  "fromCsvRow",
  "limits",
  "cors",
  "warmup",
  "predict",
  "predictBatch",
] as const;

type AnyDefinition = PredictorDefinition<unknown, unknown, unknown, unknown>;

/** @throws {TricastError} `invalid-definition`, naming the field, the value seen and the rule. */
export function checkDefinition(definition: AnyDefinition): void {
  if (typeof definition !== "object" || definition === null) {
    throw invalid(`definePredictor takes an object, not ${show(definition)}`);
  }
  refuseUnknown(definition, DEFINITION_KEYS, "definePredictor", "invalid-definition");
  checkName(definition.name);
  checkModels(definition);
  checkPredict(definition);
  for (const key of ["input", "output"] as const) checkSchema(key, definition[key]);
  if (definition.examples !== undefined && !Array.isArray(definition.examples)) {
    throw invalid(`examples is ${show(definition.examples)}; it must be an array of inputs`);
  }
  for (const key of ["version", "description"] as const) {
    const text: unknown = definition[key];
    if (text !== undefined && typeof text !== "string") throw invalid(`${key} is ${show(text)}; it must be a string`);
  }
  checkDecoders(definition);
  checkCors(definition.cors);
  checkLimits(definition.limits);
  checkWarmup(definition.warmup);
}

function checkName(name: unknown): void {
  if (typeof name === "string" && /^[a-z][a-z0-9-]{0,62}$/.test(name)) return;
  throw invalid(
    `name is ${show(name)}; it must be 1 to 63 lower-case letters, digits and dashes, beginning with a letter, ` +
      "because it becomes part of routes, function names and environment variables",
  );
}

function checkModels({ model, load, models }: AnyDefinition): void {
  if (model !== undefined && load !== undefined) {
    throw invalid("both model and load are given; keep one, or name several models under models");
  }
  if (load !== undefined && typeof load !== "function") throw invalid(`load is ${show(load)}; it must be a function`);
  checkSource("model", model);
  if (models !== undefined) checkObject("models", models);
  if (models !== undefined && Object.hasOwn(models, "model")) {
    throw invalid('models has the key "model", which is the name of the single model; choose another');
  }
  for (const [key, source] of Object.entries(models ?? {})) checkSource(`models.${key}`, source ?? null);
}

function checkSource(where: string, source: unknown): void {
  if (source === undefined || typeof (source as ModelSource<unknown> | null)?.load === "function") return;
  throw invalid(`${where} is ${show(source)}; it must be a model source, such as onnx("model.onnx")`);
}

function checkPredict({ model, predict, predictBatch }: AnyDefinition): void {
  if (predict !== undefined && predictBatch !== undefined) {
    throw invalid(
      "both predict and predictBatch are given; keep the one that fits: predict answers one input, predictBatch many",
    );
  }
  for (const [key, value] of Object.entries({ predict, predictBatch })) {
    if (value !== undefined && typeof value !== "function")
      throw invalid(`${key} is ${show(value)}; it must be a function`);
  }
  if (predict === undefined && predictBatch === undefined && typeof model?.zeroCode !== "function") {
    throw invalid(
      "neither predict nor predictBatch is given, and no model can serve itself; " +
        'write predict, or give model: onnx("model.onnx")',
    );
  }
}

function checkSchema(key: string, schema: unknown): void {
  if (schema === undefined) return;
  if (typeof (schema as StandardSchema | null)?.["~standard"]?.validate === "function") return;
  throw invalid(
    `${key} is ${show(schema)}; it must follow Standard Schema (valibot 1, zod 3.24+, arktype 2 and others do)`,
  );
}

const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]+\/([a-z0-9!#$&^_.+-]+|\*)$/;

function checkDecoders({ decoders, fromCsvRow }: AnyDefinition): void {
  if (fromCsvRow !== undefined && typeof fromCsvRow !== "function") {
    throw invalid(`fromCsvRow is ${show(fromCsvRow)}; it must be a function`);
  }
  if (decoders === undefined) return;
  checkObject("decoders", decoders);
  for (const [type, decoder] of Object.entries(decoders)) {
    if (!MEDIA_TYPE.test(type)) {
      throw invalid(`decoders has ${show(type)}; a key must be a lower-case media type, such as image/png or image/*`);
    }
    if (typeof decoder !== "function") throw invalid(`decoders["${type}"] is ${show(decoder)}; it must be a function`);
  }
}

function checkLimits(limits: LimitOptions | undefined): void {
  if (limits === undefined) return;
  checkMembers("limits", limits, LIMIT_KEYS);
  for (const key of LIMIT_KEYS) checkCount(`limits.${key}`, limits[key]);
}

function checkWarmup(warmup: WarmupOptions | undefined): void {
  if (warmup === undefined) return;
  checkMembers("warmup", warmup, ["holdMs", "http"]);
  const { holdMs, http } = warmup;
  if (holdMs !== undefined && holdMs !== 0) checkCount("warmup.holdMs", holdMs, "0 or more");
  if (http !== undefined && http !== "secret" && http !== "platform") {
    throw invalid(`warmup.http is ${show(http)}; it must be "secret" or "platform"`);
  }
}

function checkMembers(where: string, options: object, known: readonly string[]): void {
  checkObject(where, options);
  refuseUnknown(options, known, where, "invalid-definition");
}

function checkObject(where: string, value: unknown): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw invalid(`${where} is ${show(value)}; it must be an object`);
}

/** `null` is the origin of sandboxed frames and files; any other is a scheme and a host, with no path. */
const ORIGIN = /^(null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+)$/;

function checkCors(cors: CorsOptions | undefined): void {
  if (cors === undefined) return;
  checkMembers("cors", cors, ["origins", "headers", "credentials", "maxAgeSeconds"]);
  if (cors.origins !== "*" && !Array.isArray(cors.origins)) {
    throw invalid(
      `cors.origins is ${show(cors.origins)}; it must be "*" or an array such as ["https://app.example.com"]`,
    );
  }
  if (cors.origins === "*" && cors.credentials === true) {
    throw invalid('cors.origins is "*" with credentials; browsers refuse that pair, so list the origins');
  }
  for (const origin of cors.origins === "*" ? [] : cors.origins) {
    if (typeof origin === "string" && ORIGIN.test(origin)) continue;
    throw invalid(`cors.origins has ${show(origin)}; write it as browsers send it: scheme and host, no path or slash`);
  }
  if (cors.maxAgeSeconds !== 0) checkCount("cors.maxAgeSeconds", cors.maxAgeSeconds, "0 or more");
}

function checkCount(where: string, value: unknown, rule = "above 0"): void {
  if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value > 0)) return;
  throw invalid(`${where} is ${show(value)}; it must be a whole number, ${rule}`);
}

const LIMIT_KEYS = ["bodyBytes", "instances", "timeoutMs"] as const;

function invalid(message: string): TricastError {
  return new TricastError("invalid-definition", message);
}
