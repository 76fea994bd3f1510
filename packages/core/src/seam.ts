import type { ErrorCode } from "./errors.ts";
import type { LogSink } from "./log.ts";
import type { ModelMetadata, NamedTensor } from "./model/source.ts";
import type { JsonSchema } from "./standard-schema.ts";
import type { WarmupPing, WarmupReport } from "./warmup/ping.ts";

/** Where a request came from. `local` is anything that is none of the hosted platforms: tests, scripts, a laptop. */
export type Platform = "aws-lambda" | "azure-functions" | "cloud-functions" | "server" | "local";

/** Plain data. A string body is UTF-8 text as it arrived; anything else is bytes, never re-encoded. */
export interface InferenceRequest {
  /** Upper-case HTTP method. */
  readonly method: string;
  /** Percent-encoded path, beginning with `/`, without the query. */
  readonly path: string;
  /** Query string exactly as sent, without the leading `?`; empty when there is none. */
  readonly query: string;
  /** Lower-case names; repeated headers joined with `", "`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

export interface InferenceResponse {
  readonly status: number;
  /** Lower-case names. An array is a header sent once per element, such as `set-cookie`. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array;
}

export interface Invocation {
  /** The platform's request id, as its own logs name it. */
  readonly id: string;
  readonly platform: Platform;
  /** Milliseconds since the epoch at which the platform gives up on this invocation. */
  readonly deadline?: number | undefined;
  /** Aborts when the client goes away before its answer, where the platform tells. */
  readonly signal?: AbortSignal | undefined;
  /** W3C trace context of the caller. */
  readonly traceparent?: string | undefined;
  /** Where log lines of this invocation go. Default: the platform's own place (standard output). */
  readonly log?: LogSink | undefined;
  /** The platform's own context object, for user code that knows where it runs. */
  readonly native: unknown;
}

/**
 * Translates one platform's events. An adapter never logs, maps errors, keeps state or decides:
 * everything a user can observe is decided once, in the core.
 */
export interface Adapter<Event, Context, Result> {
  readonly platform: Platform;
  /** The ping this event is, or `undefined` for traffic. */
  toPing(event: Event, context: Context): WarmupPing | undefined;
  /** Must not throw: an invocation is what errors are reported with. */
  toInvocation(event: Event, context: Context): Invocation;
  /** May throw a `TricastError` (say, a body that is not the base64 it claims to be). */
  toRequest(event: Event, context: Context): InferenceRequest | Promise<InferenceRequest>;
  /** May throw a `TricastError` with code `response-too-large`; the core then renders that problem instead. */
  toResult(response: InferenceResponse, event: Event, context: Context): Result | Promise<Result>;
  /** The answer the pinger expects. */
  toPong(report: WarmupReport, ping: WarmupPing, event: Event, context: Context): Result | Promise<Result>;
}

export interface Service {
  /** The name of the predictor this serves. */
  readonly name: string;
  /**
   * Starts loading and warming every model now, if that has not begun. Resolves when ready, and also when
   * loading fails: the failure is kept, reported to each request, and retried.
   */
  start(): Promise<void>;
  /** Loads and warms, holds for `ping.holdMs`, and reports. Never rejects. */
  warm(ping?: WarmupPing): Promise<WarmupReport>;
  /** Answers one request. Never rejects: every failure is a problem response. */
  handle(request: InferenceRequest, invocation: Invocation): Promise<InferenceResponse>;
  /**
   * Predicts for a protocol that has codecs of its own: what `handle` does, without its decoding and encoding. The same
   * validation, deadline, cancellation and drain apply.
   * @throws {TricastError} as a problem response would tell it.
   */
  call(call: Call, request: InferenceRequest, invocation: Invocation, options?: CallOptions): Promise<Answer>;
  /** Where the models are on their way to being served. */
  readonly state: ServiceState;
  /** What the last load failed with, while `state` is `failed`. */
  readonly failureCode: ErrorCode | undefined;
  /**
   * What a protocol tells of the model; loads it first where that has not been done.
   * @throws {TricastError} the load's own error, with `retryAfterSeconds`.
   */
  describe(): Promise<Description>;
  /** How long the last load took, in milliseconds; 0 before. */
  readonly timings: { readonly loadMs: number; readonly warmMs: number };
  /** {@link ModelSource.stats} of the loaded models that have some, by the key of the model. */
  stats(): Readonly<Record<string, Readonly<Record<string, number>>>>;
  /**
   * The response for an error that arose outside `handle`, such as in an adapter's `toRequest`;
   * `request` is what was asked, where that much is known.
   */
  problem(error: unknown, invocation: Invocation, request?: InferenceRequest): InferenceResponse;
  /**
   * The loaded models, for code that calls them itself (middleware).
   * @throws {TricastError} the load's own error, with `retryAfterSeconds`.
   */
  models(): Promise<LoadedModels>;
  /** Waits for requests in flight, then releases the models. */
  close(): Promise<void>;
}

export type ServiceState = "cold" | "loading" | "warming" | "ready" | "failed" | "closed";

/** What is to be predicted, as a protocol's own decoder made it. */
export type Call =
  | { readonly kind: "one"; readonly input: unknown }
  /** `pointer` is where the inputs stand in the body, for errors: `/instances`. */
  | { readonly kind: "many"; readonly inputs: readonly unknown[]; readonly pointer: string }
  /** For predictors without code: whole tensors. `outputs` are the names asked for, in that order; default: all. */
  | {
      readonly kind: "tensors";
      readonly tensors: readonly NamedTensor[];
      readonly outputs?: readonly string[] | undefined;
    };

export interface CallOptions {
  /** `parameters` in the context of `predict`. Default: none. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
}

export interface Answer {
  /** The output of `one`, the outputs of `many` in order, the `NamedTensor`s of `tensors`. */
  readonly value: unknown;
  /** Version of the model that answered, where the source knows versions. */
  readonly version: string | undefined;
  /** Those that `handle` would send besides `content-type`: instance, timings, and those that `predict` set. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** What a predictor takes and gives, once its models are loaded. */
export interface Description {
  readonly name: string;
  /** Of the predictor. */
  readonly version: string;
  readonly description: string | undefined;
  /** Whether the model's own inputs and outputs are the interface: then calls may be `tensors`. */
  readonly zeroCode: boolean;
  /** Whether JSON must keep every digit of large integers. */
  readonly exactIntegers: boolean;
  /** Of the main model, where its source describes it. */
  readonly metadata: ModelMetadata | undefined;
  /** Empty where the predictor's schema library offers none. */
  readonly inputJsonSchema: JsonSchema;
  readonly outputJsonSchema: JsonSchema;
}

export interface LoadedModels {
  /** The model of `model` or `load`. */
  readonly model: unknown;
  /** The models of `models`, by name. */
  readonly models: Readonly<Record<string, unknown>>;
}
