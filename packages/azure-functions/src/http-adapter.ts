import type { ServerResponse } from "node:http";
import type { HttpHandler, HttpResponseInit, InvocationContext } from "@azure/functions";
import { TricastError, type WarmupOptions } from "@tricast/core";
import { type Adapter, bind, clientGone, pongResponse, recogniseHttpPing, type Service } from "@tricast/core/adapter";
import { type HttpEvent, replyOf, streamHttp } from "./http-stream.ts";
import { AZURE_FUNCTIONS } from "./platform.ts";
import { toHeaders, toRequest } from "./to-request.ts";
import { toBufferedInit, toInit, toStreamedInit } from "./to-response-init.ts";

/** The load balancer drops an HTTP call after 230 s on every plan (learn.microsoft.com: functions-scale, timeout). */
const HTTP_LIMIT_MS = 230_000;

type HttpAdapter<Event extends HttpEvent> = Adapter<Event, InvocationContext, HttpResponseInit>;

/** The function of an HTTP trigger. Turns on stream mode. */
export function httpHandler(service: Service, trust: WarmupOptions["http"]): HttpHandler {
  streamHttp();
  const stream = bind(service, { ...httpAdapter(trust, toInit), toStreamedResult: toStreamedInit });
  const buffered = bind(service, httpAdapter(trust, toBufferedInit));
  return (request, context) => {
    const reply = replyOf(context.invocationId);
    return reply === undefined ? buffered({ request }, context) : stream({ request, reply }, context);
  };
}

function httpAdapter<Event extends HttpEvent>(
  trust: WarmupOptions["http"],
  toResult: HttpAdapter<Event>["toResult"],
): HttpAdapter<Event> {
  return {
    platform: AZURE_FUNCTIONS,
    toPing: ({ request }) => recogniseHttpPing(toHeaders(request), trust),
    toInvocation: ({ request, reply }, context) => ({
      id: context.invocationId,
      platform: AZURE_FUNCTIONS.name,
      deadline: Date.now() + HTTP_LIMIT_MS,
      signal: reply && clientSignal(reply),
      traceparent: context.traceContext?.traceParent ?? request.headers.get("traceparent") ?? undefined,
      // Lines written through the context carry the invocation in Application Insights; the console's do not.
      log: (level, line) => context[level](line),
      native: context,
    }),
    toRequest({ request }) {
      if (request.headers.has("aeg-event-type")) throw calledByEventGrid();
      return toRequest(request);
    },
    toResult,
    toPong: (report, ping, event, context) => toResult(pongResponse(ping, report), event, context),
  };
}

/** Only Event Grid sends this header (learn.microsoft.com/azure/event-grid: receive-events). */
function calledByEventGrid(): TricastError {
  return new TricastError(
    "unsupported-event",
    'Event Grid calls this URL as a webhook; register azureFunctionsEvent(predictor, { trigger: "eventGrid" }), and subscribe that function',
  );
}

/** Aborts when the host gives up the request, because its client has gone away. */
function clientSignal(reply: ServerResponse): AbortSignal {
  const client = new AbortController();
  reply.once("close", () => {
    if (!reply.writableFinished) client.abort(clientGone());
  });
  return client.signal;
}
