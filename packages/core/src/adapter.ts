/** For authors of adapters, protocols and model sources. Predictors need `@tricast/core` only. */
export { type BindOptions, bind } from "./bind.ts";
export { ByteCollector } from "./body/byte-collector.ts";
export { parseCsv } from "./body/csv.ts";
export { DEFAULT_BODY_BYTES, DEFAULT_INSTANCES } from "./body/decode.ts";
export { MOST_LEVELS, tooDeep } from "./body/depth.ts";
export { inflate } from "./body/inflate.ts";
export { parseJson, printJson } from "./body/json.ts";
export { takeMemory } from "./body/json-cost.ts";
export { endOfString, TextBuilder } from "./body/json-text.ts";
export { toBytes, toText } from "./body/text.ts";
export { readWebBody, type WebBody, type WebBodyOptions, type WebReader } from "./body/web-body.ts";
export { cloudLoggingHead } from "./cloud-logging.ts";
export { clientGone, ERRORS, isKnownError, messageOf } from "./errors.ts";
export { type CloudEventData, contentOfCloudEvent, contentOfData, type EventContent } from "./event-content.ts";
export { errorHeaders, toProblem } from "./http/problem.ts";
export { isPreflight } from "./http/read-routes.ts";
export { reportError } from "./http/report-error.ts";
export { findRoute } from "./http/routes.ts";
export { isPromise } from "./is-promise.ts";
export { createLogger, type LogHead, type LogOrigin, plainLogHead } from "./log.ts";
export { makeFolder } from "./make-folder.ts";
export { ALIASES_FILE, isVersionName, modelNameProblem, VERSION_RULE } from "./model/names.ts";
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
  isVersionReference,
  REMOTE_SCHEMES,
  type RemoteScheme,
  remoteSchemeOf,
  remoteSchemesOf,
  STORE_SCHEMES,
  type StoreScheme,
  schemeOf,
} from "./model/store-schemes.ts";
export { accessLog, type Recorder, type RequestRecord } from "./observe.ts";
export { importIfInstalled, optionalImport } from "./optional-import.ts";
export { didYouMean, nearest, refuseUnknown, show } from "./options.ts";
export { bodyTooLarge, type Received, type Reception, receive } from "./pipeline/receive.ts";
export { collect, isStreamed, replyTooLarge, WatchedBody } from "./pipeline/stream.ts";
export { type InitializationType, LOCAL, type PlatformTraits } from "./platform.ts";
export { servedAs } from "./predictor.ts";
export { runsJoined } from "./runs-joined.ts";
export type {
  Adapter,
  Answer,
  BodyLimits,
  BodyReader,
  Call,
  Charge,
  Description,
  Guard,
  InferenceRequest,
  InferenceResponse,
  Invocation,
  Lease,
  LoadedModels,
  Outcome,
  ReadyBody,
  ReceivedRequest,
  RequestHandler,
  RequestHead,
  Service,
  ServiceState,
  StreamedResponse,
  WholeResponse,
} from "./seam.ts";
export { createService, type ServiceOptions } from "./service.ts";
export type { JsonSchema, SchemaIssue, SchemaResult } from "./standard-schema.ts";
export type { Attributes, Span, SpanEnd, SpanStart, Tracer } from "./trace.ts";
export { currentTracer, setTracer } from "./tracer.ts";
export type { WarmupPing, WarmupReport } from "./warmup/ping.ts";
export { PING_SHAPES, type PingShape } from "./warmup/ping-shapes.ts";
export { answerPing, pongResponse, recogniseHttpPing, recognisePing, WARMUP_HEADER } from "./warmup/recognise.ts";
