export { bind } from "./bind.ts";
export { parseCsv } from "./body/csv.ts";
export { DEFAULT_BODY_BYTES, DEFAULT_INSTANCES } from "./body/decode.ts";
export { MOST_LEVELS, tooDeep } from "./body/depth.ts";
export { inflate } from "./body/inflate.ts";
export { parseJson, printJson } from "./body/json.ts";
export { toBytes, toText } from "./body/text.ts";
export {
  ERRORS,
  type ErrorCode,
  type Issue,
  isTricastError,
  messageOf,
  TricastError,
  type TricastErrorOptions,
} from "./errors.ts";
export { toProblem } from "./http/problem.ts";
export { findRoute } from "./http/routes.ts";
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
  Answer,
  Call,
  CallOptions,
  Description,
  InferenceRequest,
  InferenceResponse,
  Invocation,
  LoadedModels,
  Platform,
  Service,
  ServiceState,
} from "./seam.ts";
export { createService, type ServiceOptions } from "./service.ts";
export type { JsonSchema, SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";
export type { WarmupPing, WarmupReport } from "./warmup/ping.ts";
export { PING_SHAPES, type PingShape } from "./warmup/ping-shapes.ts";
export { answerPing, pongResponse, recogniseHttpPing, recognisePing, WARMUP_HEADER } from "./warmup/recognise.ts";
