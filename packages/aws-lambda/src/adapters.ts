import { type Adapter, answerPing, pongResponse, recogniseHttpPing, recognisePing } from "@tricast/core/adapter";
import type { LambdaContext } from "./context.ts";
import { type AlbEvent, type AlbResult, albHeaders, albHealthCheck, fromAlbEvent, toAlbResult } from "./events/alb.ts";
import { detectEvent, type EventKind } from "./events/detect.ts";
import { fromDirectEvent, toDirectResult } from "./events/direct.ts";
import { type EventBridgeEvent, fromEventBridgeEvent } from "./events/event-bridge.ts";
import {
  fromLatticeV1Event,
  fromLatticeV2Event,
  type LatticeResult,
  type LatticeV1Event,
  type LatticeV2Event,
  toLatticeV1Result,
  toLatticeV2Result,
} from "./events/lattice.ts";
import { refuseUnsupportedEvent, refuseWebSocketEvent } from "./events/unsupported.ts";
import { fromV1Event, toV1Result, type V1Event, type V1Result, v1Headers } from "./events/v1.ts";
import { fromV2Event, toV2Result, type V2Event, type V2Result } from "./events/v2.ts";
import { asLowerHeaders, lowerHeaders } from "./headers.ts";
import { toInvocation } from "./invocation.ts";
import { ALB_REPLY_BYTES } from "./limits.ts";
import { AWS_LAMBDA } from "./platform.ts";

type LambdaAdapter<Event, Result> = Adapter<Event, LambdaContext, Result>;

/** Whose word counts for a ping over HTTP; see `warmup.http` of a predictor. */
export type HttpPingTrust = "secret" | "platform";

/** One adapter for each kind of event that is one request. An SQS batch is many, and has {@link sqsConsumer}. */
export interface LambdaAdapters {
  readonly "http-v2": LambdaAdapter<V2Event, V2Result>;
  readonly "http-v1": LambdaAdapter<V1Event, V1Result>;
  readonly alb: LambdaAdapter<AlbEvent, AlbResult>;
  readonly "lattice-v2": LambdaAdapter<LatticeV2Event, LatticeResult>;
  readonly "lattice-v1": LambdaAdapter<LatticeV1Event, LatticeResult>;
  readonly websocket: LambdaAdapter<object, V1Result>;
  readonly "event-bridge": LambdaAdapter<EventBridgeEvent, unknown>;
  readonly unsupported: LambdaAdapter<object, unknown>;
  readonly direct: LambdaAdapter<unknown, unknown>;
}

export function lambdaAdapters(trust: HttpPingTrust = "secret"): LambdaAdapters {
  return {
    "http-v2": {
      platform: AWS_LAMBDA,
      toPing: (event) => recogniseHttpPing(asLowerHeaders(event.headers), trust),
      toInvocation: (event, context) => toInvocation(context, asLowerHeaders(event.headers)),
      toRequest: fromV2Event,
      toResult: toV2Result,
      toPong: (report, ping) => toV2Result(pongResponse(ping, report)),
    },
    "http-v1": {
      platform: AWS_LAMBDA,
      toPing: (event) => recogniseHttpPing(v1Headers(event), trust),
      toInvocation: (event, context) => toInvocation(context, v1Headers(event)),
      toRequest: fromV1Event,
      toResult: toV1Result,
      toPong: (report, ping) => toV1Result(pongResponse(ping, report)),
    },
    alb: {
      platform: { ...AWS_LAMBDA, replyBytes: ALB_REPLY_BYTES },
      toPing(event) {
        const headers = albHeaders(event);
        return albHealthCheck(event, headers) ?? recogniseHttpPing(headers, trust);
      },
      toInvocation: (event, context) => toInvocation(context, albHeaders(event)),
      toRequest: fromAlbEvent,
      toResult: toAlbResult,
      toPong: (report, ping, event) => toAlbResult(pongResponse(ping, report), event),
    },
    "lattice-v2": {
      platform: AWS_LAMBDA,
      toPing: (event) => recogniseHttpPing(lowerHeaders(event.headers), trust),
      toInvocation: (event, context) => toInvocation(context, lowerHeaders(event.headers)),
      toRequest: fromLatticeV2Event,
      toResult: toLatticeV2Result,
      toPong: (report, ping) => toLatticeV2Result(pongResponse(ping, report)),
    },
    "lattice-v1": {
      platform: AWS_LAMBDA,
      toPing: (event) => recogniseHttpPing(lowerHeaders(event.headers), trust),
      toInvocation: (event, context) => toInvocation(context, lowerHeaders(event.headers)),
      toRequest: fromLatticeV1Event,
      toResult: toLatticeV1Result,
      toPong: (report, ping) => toLatticeV1Result(pongResponse(ping, report)),
    },
    websocket: {
      platform: AWS_LAMBDA,
      toPing: () => undefined,
      toInvocation: (_event, context) => toInvocation(context),
      toRequest: refuseWebSocketEvent,
      toResult: toV1Result,
      toPong: (report, ping) => toV1Result(pongResponse(ping, report)),
    },
    "event-bridge": {
      platform: AWS_LAMBDA,
      toPing: recognisePing,
      toInvocation: (_event, context) => toInvocation(context),
      toRequest: fromEventBridgeEvent,
      toResult: toDirectResult,
      toPong: (report, ping) => answerPing(ping, report),
    },
    unsupported: {
      platform: AWS_LAMBDA,
      toPing: () => undefined,
      toInvocation: (_event, context) => toInvocation(context),
      toRequest: refuseUnsupportedEvent,
      toResult: toDirectResult,
      toPong: (report, ping) => answerPing(ping, report),
    },
    direct: {
      platform: AWS_LAMBDA,
      toPing: recognisePing,
      toInvocation: (_event, context) => toInvocation(context),
      toRequest: fromDirectEvent,
      toResult: toDirectResult,
      toPong: (report, ping) => answerPing(ping, report),
    },
  };
}

/** The adapter of an event's kind, or `undefined` for an SQS batch. */
export function adapterOf(adapters: LambdaAdapters, event: unknown): LambdaAdapter<unknown, unknown> | undefined {
  const kind: EventKind = detectEvent(event);
  // Each adapter takes the kind of event that `detectEvent` has just told it to be.
  return kind === "sqs" ? undefined : (adapters[kind] as LambdaAdapter<unknown, unknown>);
}
