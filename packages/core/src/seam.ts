import type { ErrorCode, TricastError } from "./errors.ts";
import type { LogSink } from "./log.ts";
import type { ModelMetadata, NamedTensor } from "./model/source.ts";
import type { PlatformTraits } from "./platform.ts";
import type { JsonSchema } from "./standard-schema.ts";
import type { Span } from "./trace.ts";
import type { WarmupPing, WarmupReport } from "./warmup/ping.ts";

/** A request before its body is read. */
export interface RequestHead {
  /** Upper-case HTTP method. */
  readonly method: string;
  /** Percent-encoded path, beginning with `/`, without the query. */
  readonly path: string;
  /** The part of the public path before `path`, which the platform removed, such as a stage: `/prod`. Default: none. */
  readonly prefix?: string | undefined;
  /** Query string exactly as sent, without the leading `?`; empty without a query. */
  readonly query: string;
  /** Lower-case names; repeated headers joined with `", "`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A string is UTF-8 text as it arrived; anything else is bytes, never re-encoded. `undefined`: no body, or an empty one. */
export type ReadyBody = string | Uint8Array | undefined;

/** A body that has not been read yet. No part of it may be in memory before {@link BodyReader.read}. */
export interface BodyReader {
  /**
   * Reads the whole body, as sent: content encodings are undone by the core. Called at most once, and only after the
   * request was admitted.
   * @param charge To be called with the size of each part before the part is kept.
   * @throws {TricastError} `body-too-large` for more than `limits.maxBytes` (see `bodyTooLarge`); `request-cancelled`
   * when the client goes away; the error of `charge`.
   */
  read(limits: BodyLimits, charge?: Charge): Promise<ReadyBody>;
}

/**
 * Takes memory for a request, in bytes: for its body, and for the values made from it. All is returned after the response.
 * @throws {TricastError} `overloaded` if the instance has no more memory; `body-too-large` if the request needs more than
 * the instance could ever give.
 */
export type Charge = (bytes: number) => void;

export interface BodyLimits {
  readonly maxBytes: number;
  /** Where the limit is set, for the error: `limits.bodyBytes`. */
  readonly name: string;
}

/** Plain data. The body is ready, or is read after the request is admitted. */
export interface InferenceRequest extends RequestHead {
  readonly body: ReadyBody | BodyReader;
}

/** A request whose body is here, without content encodings. */
export interface ReceivedRequest extends RequestHead {
  readonly body: ReadyBody;
  /** Takes memory for the values that a decoder makes from the body. Default: the memory of requests is not counted. */
  readonly charge?: Charge | undefined;
}

export interface InferenceResponse {
  readonly status: number;
  /** Lower-case names. An array is a header sent once per element, such as `set-cookie`. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** A host that can stream sends an async iterable chunk by chunk. Other hosts collect it first. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** For logs, traces and metrics; not sent. Without it nothing is recorded (health checks). */
  readonly outcome?: Outcome | undefined;
}

export interface WholeResponse extends InferenceResponse {
  readonly body: string | Uint8Array;
}

export interface StreamedResponse extends InferenceResponse {
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Outcome {
  /** What the route does: `predict`, `metadata`, `openapi`; `none` when no route has the path. */
  readonly operation: string;
  /** The route's path, with names in place of values: `/v2/models/:model/infer`. Default: the operation. */
  readonly route?: string | undefined;
  /** Name of the predictor that answered, if one did. */
  readonly predictor?: string | undefined;
  /** The error that the response describes. */
  readonly error?: TricastError | undefined;
}

export interface Invocation {
  /** The platform's request id, as its own logs name it. */
  readonly id: string;
  /** Name of the platform: `aws-lambda`, `azure-functions`, `cloud-functions`, `server`, `local`, or another adapter's. */
  readonly platform: string;
  /** Milliseconds since the epoch at which the platform gives up on this invocation. */
  readonly deadline?: number | undefined;
  /** Aborts when the client goes away before its response, on platforms that report it. */
  readonly signal?: AbortSignal | undefined;
  /** W3C trace context of the caller; that of {@link Invocation.span} if the request is traced. */
  readonly traceparent?: string | undefined;
  /** Where log lines of this invocation go. Default: the platform's own place (standard output). */
  readonly log?: LogSink | undefined;
  /** The span of this request, if it is traced. Set by `bind`. */
  readonly span?: Span | undefined;
  /** The platform's own context object, for user code that knows where it runs. */
  readonly native: unknown;
}

/**
 * Translates one platform's events. An adapter never logs, maps errors, keeps state or decides:
 * everything a user can observe is decided once, in the core.
 */
export interface Adapter<Event, Context, Result> {
  readonly platform: PlatformTraits;
  /** The ping that this event represents, or `undefined` for traffic. */
  toPing(event: Event, context: Context): WarmupPing | undefined;
  /** Must not throw: errors are reported with the invocation. */
  toInvocation(event: Event, context: Context): Invocation;
  /** May throw a `TricastError`, for example for a body that is not valid base64. */
  toRequest(event: Event, context: Context): InferenceRequest | Promise<InferenceRequest>;
  /** May throw a `TricastError` with code `response-too-large`; the core then renders that problem instead. */
  toResult(response: WholeResponse, event: Event, context: Context): Result | Promise<Result>;
  /**
   * For platforms that stream. Must read the body to its end or call its iterator's `return`. Without this method a
   * streamed body is collected, within `platform.replyBytes`, and passed to `toResult`.
   */
  toStreamedResult?(response: StreamedResponse, event: Event, context: Context): Result | Promise<Result>;
  /** The answer the pinger expects. */
  toPong(report: WarmupReport, ping: WarmupPing, event: Event, context: Context): Result | Promise<Result>;
}

/**
 * Admits or refuses a request by its head, before any byte of its body is read.
 * @throws {TricastError} `unauthorized`, `forbidden`, `overloaded` ...
 */
export type Guard = (head: RequestHead, invocation: Invocation) => Lease | undefined | Promise<Lease | undefined>;

/** The resources of an admitted request, such as a share of the server's memory. */
export interface Lease {
  /** Takes memory for the body and its values, in bytes. @throws {TricastError} `overloaded`, `body-too-large`. */
  charge?(bytes: number): void;
  /**
   * Called when the body has been read and before it is decoded; may wait for a turn.
   * @throws {TricastError} `overloaded`, `deadline-exceeded` ...
   */
  turn?(): void | Promise<void>;
  /** Called once, when the response or its stream has ended, and not while `turn` waits. Must not throw. */
  release(): void;
}

/** Answers requests: the service of one predictor, or a server of many. */
export interface RequestHandler {
  /** Answers one request. Never rejects: every failure is a problem response. */
  handle(request: InferenceRequest, invocation: Invocation): Promise<InferenceResponse>;
  /**
   * The response for an error outside `handle`, such as in an adapter's `toRequest`.
   * `request` is missing if the event could not be translated.
   */
  problem(error: unknown, invocation: Invocation, request?: RequestHead): WholeResponse;
}

export interface Service extends RequestHandler {
  /** The name of the predictor. */
  readonly name: string;
  /**
   * Starts loading and warming every model now, if that has not begun. Resolves when ready, and also when
   * loading fails: the failure is kept, reported to each request, and retried.
   */
  start(): Promise<void>;
  /** Loads and warms, holds for `ping.holdMs`, and reports. Never rejects. */
  warm(ping?: WarmupPing): Promise<WarmupReport>;
  /**
   * Predicts for a protocol with its own codecs: like `handle`, without decoding and encoding. Validation, deadline,
   * cancellation and drain are the same.
   * @throws {TricastError} the error that a problem response would describe.
   */
  call(call: Call, request: ReceivedRequest, invocation: Invocation): Promise<Answer>;
  /** State of the models. */
  readonly state: ServiceState;
  /** The error of the last load, while `state` is `failed`. */
  readonly failureCode: ErrorCode | undefined;
  /**
   * The description of the model for a protocol. Loads the model first if needed.
   * @throws {TricastError} the load's own error, with `retryAfterSeconds`.
   */
  describe(): Promise<Description>;
  /** How long the last load took, in milliseconds; 0 before. */
  readonly timings: { readonly loadMs: number; readonly warmMs: number };
  /** {@link ModelSource.stats} of the loaded models that provide them, by key of the model. */
  stats(): Readonly<Record<string, Readonly<Record<string, number>>>>;
  /**
   * The loaded models, for code that calls them itself (middleware).
   * @throws {TricastError} the load's own error, with `retryAfterSeconds`.
   */
  models(): Promise<LoadedModels>;
  /** Waits for requests in flight, then releases the models. */
  close(): Promise<void>;
}

export type ServiceState = "cold" | "loading" | "warming" | "ready" | "failed" | "closed";

/** The inputs of a prediction, before validation, from the decoder of a body or a protocol. */
export type Call = (
  | { readonly kind: "one"; readonly input: unknown }
  | {
      readonly kind: "many";
      readonly inputs: readonly unknown[];
      /** Where the inputs are in the body, for errors: `/instances`. */
      readonly pointer: string;
      /** Format of the response's body, if the core encodes it. Default: `json`. */
      readonly reply?: "json" | "ndjson";
    }
  | {
      /** Whole tensors, for predictors without code. */
      readonly kind: "tensors";
      readonly tensors: readonly NamedTensor[];
      /** Names of the outputs, in that order. Default: all. */
      readonly outputs?: readonly string[] | undefined;
    }
) & {
  /** `parameters` in the context of `predict`. Default: empty. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
};

export interface Answer {
  /** The output of `one`, the outputs of `many` in order, the `NamedTensor`s of `tensors`. */
  readonly value: unknown;
  /** Version of the model that answered, if the source has versions. */
  readonly version: string | undefined;
  /** The headers that `handle` would send, except `content-type`: instance, timings, and those that `predict` set. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** Inputs and outputs of a predictor whose models are loaded. */
export interface Description {
  readonly name: string;
  /** Of the predictor. */
  readonly version: string;
  readonly description: string | undefined;
  /** Whether the model's own inputs and outputs are the interface. If so, calls may be `tensors`. */
  readonly zeroCode: boolean;
  /** Whether JSON must keep every digit of large integers. */
  readonly exactIntegers: boolean;
  /** Of the main model, if its source describes it. */
  readonly metadata: ModelMetadata | undefined;
  /** Empty if the predictor's schema library cannot write JSON Schema. */
  readonly inputJsonSchema: JsonSchema;
  readonly outputJsonSchema: JsonSchema;
}

export interface LoadedModels {
  /** The model of `model` or `load`. */
  readonly model: unknown;
  /** The models of `models`, by name. */
  readonly models: Readonly<Record<string, unknown>>;
}
