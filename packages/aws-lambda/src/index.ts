export { adapterOf, type HttpPingTrust, type LambdaAdapters, lambdaAdapters } from "./adapters.ts";
export type { LambdaContext } from "./context.ts";
export { type AlbEvent, type AlbResult, fromAlbEvent, toAlbResult } from "./events/alb.ts";
export { detectEvent, type EventKind } from "./events/detect.ts";
export { type DirectBytes, fromDirectEvent, toDirectResult } from "./events/direct.ts";
export { type EventBridgeEvent, fromEventBridgeEvent } from "./events/event-bridge.ts";
export {
  fromLatticeV1Event,
  fromLatticeV2Event,
  type LatticeResult,
  type LatticeV1Event,
  type LatticeV2Event,
  toLatticeV1Result,
  toLatticeV2Result,
} from "./events/lattice.ts";
export type { SqsEvent, SqsRecord, SqsResult } from "./events/sqs.ts";
export { fromV1Event, toV1Result, type V1Event, type V1Result } from "./events/v1.ts";
export { fromV2Event, toV2Result, type V2Event, type V2Result } from "./events/v2.ts";
export { InvocationFailure } from "./failure.ts";
export { type LambdaHandler, lambda } from "./lambda.ts";
export { ALB_REPLY_BYTES, LAMBDA_REPLY_BYTES } from "./limits.ts";
export type { LambdaOptions } from "./options.ts";
