import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Adapter,
  DEFAULT_BODY_BYTES,
  type PredictorDefinition,
  pongResponse,
  recogniseHttpPing,
} from "@tricast/core";
import { refuseOversize } from "./reply-limit.ts";
import { toHeaders, toRequest } from "./to-request.ts";
import { toInvocationId, toTraceparent } from "./trace.ts";
import { writeResponse } from "./write-response.ts";

/** A request of `node:http`, with what the framework's middleware adds when it ran first. */
export interface HttpRequest extends IncomingMessage {
  /** The body's bytes, inflated; absent when it is empty. */
  readonly rawBody?: Uint8Array | undefined;
  readonly originalUrl?: string | undefined;
  readonly executionId?: string | undefined;
}

type Definition = Pick<PredictorDefinition<never, unknown, never, never>, "limits" | "warmup">;

export function createHttpAdapter(definition: Definition): Adapter<HttpRequest, ServerResponse, void> {
  const maxBytes = definition.limits?.bodyBytes ?? DEFAULT_BODY_BYTES;
  const trust = definition.warmup?.http;
  return {
    platform: "cloud-functions",
    toPing: (request) => recogniseHttpPing(toHeaders(request), trust),
    toInvocation: (request, reply) => ({
      id: toInvocationId(request),
      platform: "cloud-functions",
      deadline: toDeadline(),
      signal: toSignal(reply),
      traceparent: toTraceparent(request.headers),
      native: request,
    }),
    toRequest: (request) => toRequest(request, maxBytes),
    toResult(response, _request, reply) {
      refuseOversize(response);
      return writeResponse(response, reply);
    },
    toPong: (report, ping, _request, reply) => writeResponse(pongResponse(ping, report), reply),
  };
}

/** The variable that the framework, too, takes the request timeout from (functions-framework: src/options.ts). */
function toDeadline(): number | undefined {
  const seconds = Number(process.env.CLOUD_RUN_TIMEOUT_SECONDS);
  return seconds > 0 ? Date.now() + seconds * 1000 : undefined;
}

/** Aborts when the connection closes before the reply is written. */
function toSignal(reply: ServerResponse): AbortSignal {
  const client = new AbortController();
  reply.once("close", () => {
    if (!reply.writableFinished) client.abort();
  });
  return client.signal;
}
