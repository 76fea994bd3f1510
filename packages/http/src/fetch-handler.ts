import type { AnyPredictor, WarmupOptions } from "@tricast/core";
import {
  type Adapter,
  bind,
  createService,
  pongResponse,
  recogniseHttpPing,
  refuseUnknown,
} from "@tricast/core/adapter";
import { toHeaders, toRequest, type WebEvent } from "./fetch/to-request.ts";
import { toResponse, toStreamedResponse } from "./fetch/to-response.ts";
import { OWN_SERVER } from "./platform.ts";
import { toRequestId } from "./request-id.ts";
import { toTraceparent } from "./traceparent.ts";

export interface FetchHandlerOptions {
  /**
   * The path that means `/`, such as `/api/iris`, if the framework leaves it in the URL. Default: none.
   */
  readonly basePath?: string | undefined;
}

/** The function that Hono, Next, Deno and Bun call. */
export type FetchHandler = (request: Request) => Promise<Response>;

/**
 * A predictor as a function of a web `Request`, for a server of your own. Its model starts loading at once. The function
 * never rejects: a failure is a problem response.
 *
 * The body must be unread. It is read late, within `limits.bodyBytes`. If other code has read it, the response is a 500,
 * and the log has the reason.
 *
 * @throws {TricastError} `invalid-option`, naming the option, the value seen and the rule; `invalid-definition`.
 * @example
 * import { fetchHandler } from "@tricast/http";
 * export default { fetch: fetchHandler(predictor) };
 */
export function fetchHandler(predictor: AnyPredictor, options: FetchHandlerOptions = {}): FetchHandler {
  refuseUnknown(options, ["basePath"], "fetchHandler");
  const service = createService(predictor, { platform: OWN_SERVER, basePath: options.basePath });
  const answer = bind(service, fetchAdapter(predictor.definition.warmup?.http));
  void service.start();
  return (request) => answer({ request, headers: toHeaders(request.headers) }, undefined);
}

export function fetchAdapter(trust: WarmupOptions["http"]): Adapter<WebEvent, undefined, Response> {
  return {
    platform: OWN_SERVER,
    toPing: ({ headers }) => recogniseHttpPing(headers, trust),
    toInvocation: ({ request, headers }) => ({
      id: toRequestId(headers),
      platform: OWN_SERVER.name,
      signal: request.signal,
      traceparent: toTraceparent(headers),
      native: request,
    }),
    toRequest,
    toResult: (response, { request }) => toResponse(response, request),
    toStreamedResult: (response, { request }) => toStreamedResponse(response, request),
    toPong: (report, ping, { request }) => toResponse(pongResponse(ping, report), request),
  };
}
