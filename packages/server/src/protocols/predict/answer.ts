import { type InferenceResponse, pongResponse, recogniseHttpPing } from "@tricast/core/adapter";
import { type RouteCall, UNRECORDED } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";

/** What the core's own pipeline answers. Warmup pings over HTTP are answered as every other adapter answers them. */
export async function answer(
  { service, predictor }: ServedModel,
  { request, invocation }: RouteCall,
): Promise<InferenceResponse> {
  const ping = recogniseHttpPing(request.headers, predictor.definition.warmup?.http);
  const response =
    ping === undefined ? await service.handle(request, invocation) : pongResponse(ping, await service.warm(ping));
  // Pings, and health checks below a prefix.
  return response.outcome === undefined ? { ...response, outcome: UNRECORDED } : response;
}
