import { TricastError } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { ModelSource } from "./model/source.ts";
import { refuseUnknown, show } from "./options.ts";
import type { InferenceRequest, Invocation } from "./seam.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** What `predict` gets beside its input. */
export interface PredictContext<M = unknown, Ms = Record<string, never>> {
  /** The loaded model of `model` or `load`. */
  readonly model: M;
  /** The loaded models of `models`, by name. */
  readonly models: Ms;
  /** Aborts at the platform's deadline, or when the client goes away where the platform tells. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly request: InferenceRequest;
  readonly invocation: Invocation;
  /** `parameters` of an `{"instances": [...], "parameters": {...}}` body; empty otherwise. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** `version` of the predictor. */
  readonly version: string;
  /**
   * Headers to send with the prediction, to be filled by `predict`: `responseHeaders["cache-control"] = "no-store"`.
   * An array is a header sent once per element, such as `set-cookie`; `content-type` says what returned bytes are.
   */
  readonly responseHeaders: Record<string, string | readonly string[]>;
}

/**
 * Turns a body of one media type into one input, or a promise of it, before validation. `contentType` is the header
 * as sent. What it throws is answered as `invalid-body`; its message reaches the client only if it is a `TricastError`.
 */
export type Decoder = (body: Uint8Array, contentType: string) => unknown;

export interface CorsOptions {
  /** Origins allowed to call, exactly as browsers send them (`https://app.example.com`), or `"*"`. */
  readonly origins: readonly string[] | "*";
  /** Request headers a browser may send besides the safelisted ones. Default: `content-type`, `authorization`. */
  readonly headers?: readonly string[];
  /** Lets browsers send cookies. Refused together with `origins: "*"`. Default false. */
  readonly credentials?: boolean;
  /** How long a browser may keep the preflight answer. Default 600 seconds. */
  readonly maxAgeSeconds?: number;
}

export interface LimitOptions {
  /** Largest request body in bytes, counted after decompression. Default 33,554,432 (32 MiB: Cloud Run's request limit). */
  readonly bodyBytes?: number;
  /** Most rows in one `instances`, NDJSON or CSV body. Default 10,000. */
  readonly instances?: number;
  /** Longest a prediction may take, in milliseconds, where it is less than what the platform leaves. Default: the platform's. */
  readonly timeoutMs?: number;
}

export interface WarmupOptions {
  /**
   * How long a ping that may have siblings keeps its instance busy when the ping itself does not say,
   * in milliseconds. Default 75 (what lambda-warmer sleeps).
   */
  readonly holdMs?: number;
  /**
   * Whether pings over HTTP count. `"secret"` (default): only with header `x-tricast-warmup` equal to
   * the environment variable `TRICAST_WARMUP_SECRET`. `"platform"`: the platform lets authenticated callers
   * through only, so scheduler headers are believed.
   */
  readonly http?: "secret" | "platform";
}

type Awaitable<T> = T | Promise<T>;

/** `object` and not `JsonSchema`: the types that schema libraries give have no index signature. */
type JsonSchemaOption = object | (() => Awaitable<object>);

interface DefinitionBase<In, Out, M, Ms> {
  /** Lower-case letters, digits and dashes, at most 63. Names the predictor in routes, logs and `TRICAST_MODEL_<NAME>`. */
  readonly name: string;
  /** Served in `/metadata` and as `version` in the context. Default `"1"`. */
  readonly version?: string;
  readonly description?: string;
  /** A model file or store address, such as `onnx("iris.onnx")`. At most one of `model` and `load`. */
  readonly model?: ModelSource<M>;
  /** Loads anything else, once per instance. */
  readonly load?: () => Awaitable<M>;
  /** Several named models, beside or instead of `model`. */
  readonly models?: { readonly [K in keyof Ms]: ModelSource<Ms[K]> };
  /** Any Standard Schema. Without it the decoded body is passed as it is. */
  readonly input?: StandardSchema<unknown, In>;
  /** Any Standard Schema. What `predict` returns is checked against it. */
  readonly output?: StandardSchema<unknown, Out>;
  /** JSON Schemas for the OpenAPI document, where the schema library offers none of its own. Called when the document is asked for. */
  readonly inputJsonSchema?: JsonSchemaOption;
  readonly outputJsonSchema?: JsonSchemaOption;
  /** Inputs as a client sends them. The first warms the model up, on the server all do; all stand in the OpenAPI document and smoke tests. */
  readonly examples?: readonly unknown[];
  /** By lower-case media type (`image/png`, `image/*`): turns the body into one input. Without one, binary bodies reach validation as `Uint8Array`. */
  readonly decoders?: Readonly<Record<string, Decoder>>;
  /** Turns one CSV row into one input. Default: the cells as an array, or a record with `text/csv; header=present`. */
  readonly fromCsvRow?: (row: readonly (string | number)[] | Readonly<Record<string, string | number>>) => unknown;
  readonly limits?: LimitOptions;
  readonly cors?: CorsOptions;
  readonly warmup?: WarmupOptions;
}

export type PredictorDefinition<In, Out, M, Ms> = DefinitionBase<In, Out, M, Ms> &
  (
    | {
        /** Answers one input. */
        readonly predict: (input: In, context: PredictContext<M, Ms>) => Awaitable<Out>;
        readonly predictBatch?: undefined;
      }
    | {
        /** Answers many inputs at once: as many outputs, in the same order. */
        readonly predictBatch: (inputs: readonly In[], context: PredictContext<M, Ms>) => Awaitable<readonly Out[]>;
        readonly predict?: undefined;
      }
    | { readonly predict?: undefined; readonly predictBatch?: undefined }
  );

const BRAND = Symbol.for("tricast.predictor");

/** A checked definition; what every adapter takes. */
export interface Predictor<In = unknown, Out = unknown, M = unknown, Ms = unknown> {
  readonly [BRAND]: true;
  readonly definition: PredictorDefinition<In, Out, M, Ms>;
}

// biome-ignore lint/suspicious/noExplicitAny: a predictor's context is contravariant, so only `any` accepts every predictor
export type AnyPredictor = Predictor<any, any, any, any>;

/** The input a predictor takes, after validation. */
export type InputOf<P> = P extends Predictor<infer In, infer _Out, infer _M, infer _Ms> ? In : never;
/** What a predictor answers. */
export type OutputOf<P> = P extends Predictor<infer _In, infer Out, infer _M, infer _Ms> ? Out : never;

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

/**
 * Defines a predictor: a model, a schema and one `predict` function.
 *
 * Exactly one of `predict` (one input) and `predictBatch` (many). With neither, the model serves its own
 * inputs and outputs, which a source such as `onnx()` can and a custom `load` cannot.
 *
 * @throws {TricastError} `invalid-definition`, naming the field, the value seen and the rule.
 * @example
 * export default definePredictor({
 *   name: "half",
 *   examples: [{ value: 4 }],
 *   predict: (input: { value: number }) => ({ half: input.value / 2 }),
 * });
 */
export function definePredictor<In = unknown, Out = unknown, M = undefined, Ms = Record<string, never>>(
  definition: PredictorDefinition<In, Out, M, Ms>,
): Predictor<In, Out, M, Ms> {
  checkDefinition(definition as PredictorDefinition<unknown, unknown, unknown, unknown>);
  return { [BRAND]: true, definition };
}

export function isPredictor(value: unknown): value is AnyPredictor {
  return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}
type AnyDefinition = PredictorDefinition<unknown, unknown, unknown, unknown>;

function checkDefinition(definition: AnyDefinition): void {
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
      "neither predict nor predictBatch is given, and there is no model that can serve itself; " +
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
