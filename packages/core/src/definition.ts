import type { Logger } from "./log.ts";
import type { ModelSource } from "./model/source.ts";
import type { Invocation, ReceivedRequest } from "./seam.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** The second argument of `predict`. */
export interface PredictContext<M = unknown, Ms = Record<string, never>> {
  /** The loaded model of `model` or `load`. */
  readonly model: M;
  /** The loaded models of `models`, by name. */
  readonly models: Ms;
  /** Aborts at the platform's deadline, or when the client goes away, on platforms that report it. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly request: ReceivedRequest;
  readonly invocation: Invocation;
  /** `parameters` of an `{"instances": [...], "parameters": {...}}` body; empty otherwise. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** `version` of the predictor. */
  readonly version: string;
  /**
   * Headers to send with the prediction. `predict` sets them: `responseHeaders["cache-control"] = "no-store"`.
   * An array is a header sent once per element, such as `set-cookie`; `content-type` is the media type of returned bytes.
   */
  readonly responseHeaders: Record<string, string | readonly string[]>;
}

/**
 * Turns a body of one media type into one input, or a promise of it, before validation. `contentType` is the header
 * as sent. The client reads an error that it throws as `invalid-body`, with the message only of a `TricastError`.
 */
export type Decoder = (body: Uint8Array, contentType: string) => unknown;

export interface CorsOptions {
  /** Origins allowed to call, exactly as browsers send them (`https://app.example.com`), or `"*"`. */
  readonly origins: readonly string[] | "*";
  /** Request headers a browser may send besides the safelisted ones. Default: `content-type`, `authorization`. */
  readonly headers?: readonly string[];
  /** Lets browsers send cookies. Refused together with `origins: "*"`. Default false. */
  readonly credentials?: boolean;
  /** How long a browser may keep the preflight response. Default 600 seconds. */
  readonly maxAgeSeconds?: number;
}

export interface LimitOptions {
  /** Largest request body in bytes, counted after decompression. Default 33,554,432 (32 MiB: Cloud Run's request limit). */
  readonly bodyBytes?: number;
  /** Most rows in one `instances`, NDJSON or CSV body. Default 10,000. */
  readonly instances?: number;
  /** Longest time a prediction may take, in milliseconds. Default and upper limit: the time that the platform allows. */
  readonly timeoutMs?: number;
}

export interface WarmupOptions {
  /**
   * How long a ping keeps its instance busy, in milliseconds, if the ping does not say and others may arrive at the same
   * time. Default 75 (as lambda-warmer sleeps).
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

/** `object` and not `JsonSchema`: the types of schema libraries have no index signature. */
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
  /** Any Standard Schema. Default: the decoded body reaches `predict` unchecked. */
  readonly input?: StandardSchema<unknown, In>;
  /** Any Standard Schema. What `predict` returns is checked against it. */
  readonly output?: StandardSchema<unknown, Out>;
  /** JSON Schemas for the OpenAPI document, if the schema library cannot write them. Called when the document is requested. */
  readonly inputJsonSchema?: JsonSchemaOption;
  readonly outputJsonSchema?: JsonSchemaOption;
  /**
   * Inputs as a client sends them. The first example warms the model (on the server, all do). All appear in the OpenAPI
   * document and the smoke tests.
   */
  readonly examples?: readonly unknown[];
  /** By lower-case media type (`image/png`, `image/*`): turns the body into one input. Without a decoder, validation receives binary bodies as `Uint8Array`. */
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
        /**
         * Answers one input: with a JSON value, with bytes, or with an async iterable of bytes, which is streamed if the
         * host can stream. `responseHeaders["content-type"]` is the media type of the bytes.
         */
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
