export type {
  CorsOptions,
  Decoder,
  LimitOptions,
  PredictContext,
  PredictorDefinition,
  WarmupOptions,
} from "./definition.ts";
export { type ErrorCode, type Issue, isTricastError, TricastError, type TricastErrorOptions } from "./errors.ts";
export type { LogFields, Logger, LogLevel, LogSink } from "./log.ts";
export {
  type AnyPredictor,
  definePredictor,
  type InputOf,
  isPredictor,
  type OutputOf,
  type Predictor,
} from "./predictor.ts";
export type { StandardSchema } from "./standard-schema.ts";
