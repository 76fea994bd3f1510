import type { ServerResponse } from "node:http";
import {
  type Adapter,
  DEFAULT_BODY_BYTES,
  type PlatformTraits,
  pongResponse,
  type WarmupPing,
} from "@tricast/core/adapter";
import { toTraceparent } from "../traceparent.ts";
import type { Arrivals } from "./arrivals.ts";
import { clientSignal } from "./client-signal.ts";
import type { NodeRequest } from "./node-request.ts";
import { toRequest } from "./to-request.ts";
import { type Ending, writeResponse, writeStream } from "./write-response.ts";

/** The differences between hosts of `node:http`. */
export interface NodeAdapterOptions<Request extends NodeRequest> {
  readonly platform: PlatformTraits;
  /** The ping that a request represents, according to Node's own headers. Default: every request is traffic. */
  toPing?(headers: Readonly<Record<string, string>>): WarmupPing | undefined;
  toId(request: Request): string;
  /** Milliseconds since the epoch. Default: none. */
  toDeadline?(): number | undefined;
  /** The target of a request, such as `/predict?a=1`. Default: its `url`. */
  targetOf?(request: Request): string | undefined;
  /** How the connection ends. Default: it stays open. */
  endingOf?(reply: ServerResponse): Ending;
  /** Refuses bodies that arrive too slowly, and too many at a time. Default: accepts all. */
  readonly arrivals?: Arrivals | undefined;
}

const STAYS_OPEN: Ending = { last: false, maxUnreadBytes: DEFAULT_BODY_BYTES };

/** Translates requests and responses of `node:http`. Streams responses. */
export function nodeAdapter<Request extends NodeRequest = NodeRequest>({
  platform,
  toPing = () => undefined,
  toId,
  toDeadline = () => undefined,
  targetOf = ({ url }) => url,
  endingOf = () => STAYS_OPEN,
  arrivals,
}: NodeAdapterOptions<Request>): Adapter<Request, ServerResponse, void> {
  return {
    platform,
    toPing: ({ headers }) => toPing(headers as Readonly<Record<string, string>>),
    toInvocation: (incoming, reply) => ({
      id: toId(incoming),
      platform: platform.name,
      deadline: toDeadline(),
      signal: clientSignal(reply),
      traceparent: toTraceparent(incoming.headers as Readonly<Record<string, string | undefined>>),
      native: incoming,
    }),
    toRequest: (incoming, reply) => toRequest(incoming, reply, targetOf(incoming) ?? "/", arrivals),
    toResult: (response, _incoming, reply) => writeResponse(response, reply, endingOf(reply)),
    toStreamedResult: (response, _incoming, reply) => writeStream(response, reply, endingOf(reply)),
    toPong: (report, ping, _incoming, reply) => writeResponse(pongResponse(ping, report), reply, endingOf(reply)),
  };
}
