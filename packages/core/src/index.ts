export { bind } from "./bind.ts";
export { DEFAULT_BODY_BYTES } from "./body/decode.ts";
export {
  ERRORS,
  type ErrorCode,
  type Issue,
  isTricastError,
  messageOf,
  TricastError,
  type TricastErrorOptions,
} from "./errors.ts";
export { type InitializationType, initializationType } from "./instance.ts";
export { createLogger, type LogFields, type Logger, type LogLevel, type LogSink } from "./log.ts";
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
export { nearest, refuseUnknown, show } from "./options.ts";
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
export type {
  Adapter,
  InferenceRequest,
  InferenceResponse,
  Invocation,
  LoadedModels,
  Platform,
  Service,
} from "./seam.ts";
export { createService, type ServiceOptions } from "./service.ts";
export type { JsonSchema, SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";
export type { WarmupPing, WarmupReport } from "./warmup/ping.ts";
export { PING_SHAPES, type PingShape } from "./warmup/ping-shapes.ts";
export { answerPing, pongResponse, recogniseHttpPing, recognisePing, WARMUP_HEADER } from "./warmup/recognise.ts";
