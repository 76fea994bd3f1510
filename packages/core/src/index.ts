export { type ErrorCode, ERRORS, type Issue, isTricastError, TricastError, type TricastErrorOptions } from "./errors.ts";
export type { Logger, LogLevel, LogSink } from "./log.ts";
export type { LoadContext, ModelMetadata, ModelSource, TensorInfo, ZeroCode } from "./model.ts";
export {
  type AnyPredictor,
  type CorsOptions,
  type Decoder,
  definePredictor,
  type InputOf,
  isPredictor,
  type LimitOptions,
  type OutputOf,
  type PredictContext,
  type Predictor,
  type PredictorDefinition,
  type WarmupOptions,
} from "./predictor.ts";
export type { Adapter, InferenceRequest, InferenceResponse, Invocation, Platform, Service } from "./seam.ts";
export type { JsonSchema, SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";
export type { WarmupPing, WarmupReport } from "./warmup/ping.ts";
