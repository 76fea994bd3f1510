export * from "./adapter.ts";
export type {
  CorsOptions,
  Decoder,
  LimitOptions,
  PredictContext,
  PredictorDefinition,
  WarmupOptions,
} from "./definition.ts";
export { type ErrorCode, type Issue, TricastError, type TricastErrorOptions } from "./errors.ts";
export type { LogFields, Logger, LogLevel, LogSink } from "./log.ts";
export type {
  LoadContext,
  ModelMetadata,
  ModelSource,
  NamedTensor,
  Served,
  ServedVersion,
  TensorInfo,
  UpdateContext,
  ZeroCode,
} from "./model/source.ts";
export {
  type AnyPredictor,
  definePredictor,
  type InputOf,
  isPredictor,
  type OutputOf,
  type Predictor,
} from "./predictor.ts";
export type { JsonSchema, SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";
