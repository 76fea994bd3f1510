import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import type { WarmupOptions } from "@tricast/core";
import { type Adapter, pongResponse, recogniseHttpPing } from "@tricast/core/adapter";
import { AZURE_FUNCTIONS } from "./platform.ts";
import { toHeaders, toRequest } from "./to-request.ts";
import { toResponseInit } from "./to-response-init.ts";

/** The load balancer drops an HTTP call after 230 s on every plan (learn.microsoft.com: functions-scale, timeout). */
const HTTP_LIMIT_MS = 230_000;

export function createHttpAdapter(
  trust: WarmupOptions["http"],
): Adapter<HttpRequest, InvocationContext, HttpResponseInit> {
  return {
    platform: AZURE_FUNCTIONS,
    toPing: (request) => recogniseHttpPing(toHeaders(request), trust),
    toInvocation: (request, context) => ({
      id: context.invocationId,
      platform: AZURE_FUNCTIONS.name,
      deadline: Date.now() + HTTP_LIMIT_MS,
      traceparent: context.traceContext?.traceParent ?? request.headers.get("traceparent") ?? undefined,
      // Lines written through the context carry the invocation in Application Insights; the console's do not.
      log: (level, line) => context[level](line),
      native: context,
    }),
    toRequest,
    toResult: toResponseInit,
    toPong: (report, ping) => toResponseInit(pongResponse(ping, report)),
  };
}
