import type { IncomingMessage, ServerResponse } from "node:http";
import { type Adapter, clientGone, type Invocation } from "@tricast/core/adapter";
import { SERVER } from "../platform.ts";
import { toRequestId } from "../request-id.ts";
import { toTraceparent } from "../trace/traceparent.ts";
import { bodyOf } from "./read-body.ts";
import { toHeaders } from "./to-headers.ts";
import { toTarget } from "./to-target.ts";
import { type Ending, writeResponse, writeStream } from "./write-response.ts";

export interface HttpAdapterOptions {
  /** From the head of a request to its deadline. */
  readonly requestTimeoutMs: number;
  /** See {@link Ending}. */
  endingOf(reply: ServerResponse): Ending;
}

/** Requests of `node:http`. Pings over HTTP are recognised by the routes, which know each predictor's settings. */
export function httpAdapter(options: HttpAdapterOptions): Adapter<IncomingMessage, ServerResponse, void> {
  return {
    platform: SERVER,
    toPing: () => undefined,
    toInvocation: (incoming, reply) => toInvocation(incoming, reply, options.requestTimeoutMs),
    toRequest: (incoming, reply) => ({
      method: incoming.method ?? "GET",
      ...toTarget(incoming.url ?? "/"),
      headers: toHeaders(incoming.rawHeaders),
      body: bodyOf(incoming, reply),
    }),
    toResult: (response, _incoming, reply) => writeResponse(response, reply, options.endingOf(reply)),
    toStreamedResult: (response, _incoming, reply) => writeStream(response, reply, options.endingOf(reply)),
    toPong: () => undefined,
  };
}

function toInvocation(incoming: IncomingMessage, reply: ServerResponse, timeoutMs: number): Invocation {
  const headers = incoming.headers as Readonly<Record<string, string | undefined>>;
  return {
    id: toRequestId(headers["x-request-id"]),
    platform: SERVER.name,
    deadline: Date.now() + timeoutMs,
    signal: clientSignal(reply),
    traceparent: toTraceparent(headers),
    native: incoming,
  };
}

/** Aborts when the client goes away before the end of its answer. */
function clientSignal(reply: ServerResponse): AbortSignal {
  const client = new AbortController();
  reply.once("close", () => {
    if (reply.writableFinished) return;
    client.abort(clientGone());
  });
  return client.signal;
}
