import type { ServerResponse } from "node:http";
import type { WarmupOptions } from "@tricast/core";
import { type Adapter, pongResponse, recogniseHttpPing } from "@tricast/core/adapter";
import type { HttpRequest } from "./http-request.ts";
import { CLOUD_FUNCTIONS } from "./platform.ts";
import { toHeaders, toRequest } from "./to-request.ts";
import { toInvocationId, toTraceparent } from "./trace.ts";
import { writeResponse } from "./write-response.ts";

export function createHttpAdapter(trust: WarmupOptions["http"]): Adapter<HttpRequest, ServerResponse, void> {
  return {
    platform: CLOUD_FUNCTIONS,
    toPing: (request) => recogniseHttpPing(toHeaders(request), trust),
    toInvocation: (request, reply) => ({
      id: toInvocationId(request),
      platform: CLOUD_FUNCTIONS.name,
      deadline: toDeadline(),
      signal: toSignal(reply),
      traceparent: toTraceparent(request.headers),
      native: request,
    }),
    toRequest,
    toResult: (response, _request, reply) => writeResponse(response, reply),
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
