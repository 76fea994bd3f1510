import { type InferenceResponse, pongResponse, recogniseHttpPing } from "@tricast/core";
import type { RouteCall } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";

/** What the core's own pipeline answers. Warmup pings over HTTP are answered as every other adapter answers them. */
export function answer(
  { service, predictor }: ServedModel,
  { request, invocation }: RouteCall,
): Promise<InferenceResponse> {
  const ping = recogniseHttpPing(request.headers, predictor.definition.warmup?.http);
  if (ping === undefined) return service.handle(request, invocation);
  return service.warm(ping).then((report) => pongResponse(ping, report));
}
