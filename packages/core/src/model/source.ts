import type { Logger } from "../log.ts";
import type { PlatformTraits } from "../platform.ts";
import type { JsonSchema, StandardSchema } from "../standard-schema.ts";

export interface LoadContext {
  /** The predictor's name, for messages and for `TRICAST_MODEL_<NAME>`. */
  readonly predictor: string;
  /** The key of this model in `models`, or `"model"`. */
  readonly model: string;
  readonly platform: PlatformTraits;
  readonly log: Logger;
  /** Of the predictor. Without `predict` and `predictBatch`, the model serves itself. */
  readonly definition?: { readonly predict?: unknown; readonly predictBatch?: unknown } | undefined;
}

/** An input or output tensor of a model, as `/metadata` shows it. */
export interface TensorInfo {
  readonly name: string;
  /** Open Inference Protocol datatype: `FP32`, `INT64`, `BYTES` ... */
  readonly datatype: string;
  /** -1 is a dynamic dimension. */
  readonly shape: readonly number[];
  /** Whether a request may leave the input out. */
  readonly optional?: true;
}

/** An input or output of a model that is not served, such as a sequence. */
export interface UnservedValue {
  readonly name: string;
  /** `SEQUENCE<FP32>`, `BF16` ... as far as it is known. */
  readonly datatype: string;
}

/** A tensor with its elements, in the terms of the Open Inference Protocol. */
export interface NamedTensor {
  readonly name: string;
  /** `FP32`, `INT64`, `BYTES` ... */
  readonly datatype: string;
  readonly shape: readonly number[];
  /**
   * The elements in row-major order: the typed array of the datatype, one byte each (0 or 1) for `BOOL`, the IEEE 754
   * binary16 bits in a `Uint16Array` for `FP16`, and strings for `BYTES`.
   */
  readonly data: ArrayBufferView | readonly string[];
}

export interface ModelMetadata {
  /** Runtime of the model, such as `onnxruntime`. */
  readonly platform: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Outputs that JSON answers contain as lists of tensors. Protocols of tensors lack them. */
  readonly lists?: readonly string[] | undefined;
  /** Outputs that the runtime cannot return. Absent if all are served. */
  readonly unserved?: readonly UnservedValue[] | undefined;
  /** Versions being served, if the source has versions. */
  readonly versions?: readonly string[] | undefined;
}

/**
 * How a model serves requests without a `predict` function: its own inputs and outputs are the interface.
 * `predict` receives the decoded request: a JSON value, or bytes for `application/octet-stream`.
 */
export interface ZeroCode<Input = unknown, Output = unknown> {
  readonly input: StandardSchema<unknown, Input>;
  readonly inputJsonSchema: JsonSchema;
  readonly outputJsonSchema: JsonSchema;
  /** True when an input or output is a 64-bit integer: the JSON codec then keeps every digit, as `bigint`. */
  readonly exactIntegers: boolean;
  /** Whether each input and output of the model has a dynamic leading dimension, with one row per instance. */
  readonly batchable: boolean;
  predict(input: Input, options: { readonly signal: AbortSignal }): Promise<Output>;
  /** Called for `instances` and for formats of many rows (CSV, NDJSON). Same length, same order. */
  predictBatch(inputs: readonly unknown[], options: { readonly signal: AbortSignal }): Promise<readonly Output[]>;
  /**
   * Runs the graph on whole tensors, for protocols that carry them. Returns the requested outputs in that order. Default: all.
   * @throws {TricastError} `invalid-tensor` with a pointer per input (`/<input>`), `invalid-option` for an unknown output.
   */
  infer(
    inputs: readonly NamedTensor[],
    outputs: readonly string[] | undefined,
    options: { readonly signal: AbortSignal },
  ): Promise<readonly NamedTensor[]>;
  /**
   * Warms up the model of a predictor without examples: with the model's own examples, or else with generated inputs. A model
   * that refuses the generated inputs is ready all the same.
   * @param all Whether every example of the model is predicted, or only the first.
   * @throws {TricastError} the error of an example that fails.
   */
  warmUp(all: boolean | undefined): Promise<void>;
}

/**
 * The source of a model. `load` runs once per instance, for all requests that wait. If it returns the model instead of a
 * promise, the platform's init phase includes the load.
 */
export interface ModelSource<M> {
  /** As the user wrote it, for messages: `models/iris.onnx`, `s3://...`. */
  readonly uri: string;
  /** Sources with the same key share one loaded model in a process. Without a key each source loads its own. */
  readonly key?: string | undefined;
  load(context: LoadContext): M | Promise<M>;
  dispose?(model: M): void | Promise<void>;
  describe?(model: M): ModelMetadata;
  zeroCode?(model: M): ZeroCode;
  /** Counters and gauges of the execution beneath `run`, for the server's metrics: names in camel case. Cheap. */
  stats?(model: M): Readonly<Record<string, number>>;
  /** The versions that `model` holds, for a source with versions. */
  served?(model: M): Served<M>;
  /** How often a long-lived instance calls `update`, in milliseconds; spread by a tenth either way. Default: never. */
  readonly recheckMs?: number | undefined;
  /**
   * A newer model, loaded beside `current`, or `undefined` to keep `current`. If it rejects, the error is logged and `current`
   * keeps serving.
   */
  update?(current: M, context: UpdateContext): Promise<M | undefined>;
}

/** One version of a model. */
export interface ServedVersion<M> {
  /** As the store names it, sent as `x-tricast-model-version`. */
  readonly version: string | undefined;
  readonly model: M;
}

export interface Served<M> {
  /** More than one if an alias splits its traffic. */
  readonly versions: readonly ServedVersion<M>[];
  /** Index of the version that serves `key`: always the same one for the same key. */
  choose(key: string): number;
}

export interface UpdateContext extends LoadContext {
  /** Versions that loaded here but failed on the predictor's example. `update` must not return them again. */
  readonly refused: ReadonlySet<string>;
}
