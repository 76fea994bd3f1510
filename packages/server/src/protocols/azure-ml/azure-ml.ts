import type { InferenceResponse } from "@tricast/core/adapter";
import type { Protocol, Route, RouteCall } from "../../route.ts";
import { plainError, plainJson } from "../plain-error.ts";
import { predictPlainly } from "../predict-plainly.ts";
import { soleModel } from "../sole-model.ts";

/**
 * The routes of Azure ML's own inference server, which a container's `inference_config` names: liveness at `/` and
 * scoring at `/score`; readiness is `/ready` (MicrosoftDocs/azure-docs, how-to-deploy-custom-container).
 */
export const azureMl: Protocol = { routes: () => ROUTES, roots: () => ["/score"] };

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/",
    kind: "health",
    operation: "azure-ml-live",
    handle: live,
  },
  { method: "POST", path: "/score", kind: "infer", operation: "azure-ml-score", handle: score, problem: plainError },
];

/** KServe's client asks here too, for version 1 of its protocol, and reads `status`. */
function live(): InferenceResponse {
  return plainJson(200, { status: "alive" });
}

function score({ host, request, invocation }: RouteCall): Promise<InferenceResponse> {
  return predictPlainly(soleModel(host, "ask for /{name}/predict"), request, invocation);
}
