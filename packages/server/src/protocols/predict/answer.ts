import { type InferenceResponse, pongResponse, recogniseHttpPing } from "@tricast/core/adapter";
import { type RouteCall, UNRECORDED } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";

/** The answer of the core's pipeline. HTTP warmup pings get the same answer as from every other adapter. */
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
