import {
  type Adapter,
  type InferenceRequest,
  pongResponse,
  type RequestHead,
  recogniseHttpPing,
  recognisePing,
  type WholeResponse,
} from "@tricast/core/adapter";
import type { LambdaContext } from "./context.ts";
import { type AlbEvent, type AlbResult, albHeaders, albHealthCheck, fromAlbEvent, toAlbResult } from "./events/alb.ts";
import { detectEvent, type EventKind } from "./events/detect.ts";
import { eventAdapter, fromDirectEvent } from "./events/direct.ts";
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

/** Which headers make an HTTP request a ping; see `warmup.http` of a predictor. */
export type HttpPingTrust = "secret" | "platform";

/** One adapter for each kind of event that is one request. A batch has many items, and a consumer of its own. */
export interface LambdaAdapters {
  readonly "http-v2": LambdaAdapter<V2Event, V2Result>;
  readonly "http-v1": LambdaAdapter<V1Event, V1Result>;
  readonly alb: LambdaAdapter<AlbEvent, AlbResult>;
  readonly "lattice-v2": LambdaAdapter<LatticeV2Event, LatticeResult>;
  readonly "lattice-v1": LambdaAdapter<LatticeV1Event, LatticeResult>;
  readonly websocket: LambdaAdapter<object, unknown>;
  readonly "event-bridge": LambdaAdapter<EventBridgeEvent, unknown>;
  readonly unsupported: LambdaAdapter<object, unknown>;
  readonly direct: LambdaAdapter<unknown, unknown>;
}

export function lambdaAdapters(trust: HttpPingTrust = "secret"): LambdaAdapters {
  const http = httpAdapters(trust);
  const alb = http(albHeaders, fromAlbEvent, toAlbResult);
  return {
    "http-v2": http((event) => asLowerHeaders(event.headers), fromV2Event, toV2Result),
    "http-v1": http(v1Headers, fromV1Event, toV1Result),
    alb: {
      ...alb,
      platform: { ...AWS_LAMBDA, replyBytes: ALB_REPLY_BYTES },
      toPing: (event, context) => albHealthCheck(event, albHeaders(event)) ?? alb.toPing(event, context),
    },
    "lattice-v2": http((event) => lowerHeaders(event.headers), fromLatticeV2Event, toLatticeV2Result),
    "lattice-v1": http((event) => lowerHeaders(event.headers), fromLatticeV1Event, toLatticeV1Result),
    websocket: { ...eventAdapter(refuseWebSocketEvent), toResult: toV1Result },
    "event-bridge": eventAdapter(fromEventBridgeEvent, recognisePing),
    unsupported: eventAdapter(refuseUnsupportedEvent),
    direct: eventAdapter(fromDirectEvent, recognisePing),
  };
}

/** Creates an adapter for events that carry one HTTP request. */
function httpAdapters(trust: HttpPingTrust) {
  return <Event, Result>(
    headersOf: (event: Event) => RequestHead["headers"],
    toRequest: (event: Event) => InferenceRequest,
    toResult: (response: WholeResponse, event: Event) => Result,
  ): LambdaAdapter<Event, Result> => ({
    platform: AWS_LAMBDA,
    toPing: (event) => recogniseHttpPing(headersOf(event), trust),
    toInvocation: (event, context) => toInvocation(context, headersOf(event)),
    toRequest,
    toResult,
    toPong: (report, ping, event) => toResult(pongResponse(ping, report), event),
  });
}

/** The adapter of an event's kind, or `undefined` for a batch. */
export function adapterOf(adapters: LambdaAdapters, event: unknown): LambdaAdapter<unknown, unknown> | undefined {
  // Each adapter takes the kind of event that `detectEvent` finds.
  return (adapters as unknown as Partial<Record<EventKind, LambdaAdapter<unknown, unknown>>>)[detectEvent(event)];
}
