import type { InferenceResponse } from "@tricast/core/adapter";
import type { Protocol, Route, RouteCall } from "../../route.ts";
import { plainJson, plainRoute } from "../plain-answers.ts";
import { predictPlainly } from "../predict-plainly.ts";
import { soleModel } from "../sole-model.ts";

/**
 * The routes of Azure ML's own inference server, which a container's `inference_config` names: liveness at `/` and
 * scoring at `/score`; readiness is `/ready` (MicrosoftDocs/azure-docs, how-to-deploy-custom-container).
 */
export const azureMl: Protocol = { routes: () => ROUTES, roots: () => ["/score"] };

/** KServe's client also calls `/`, for version 1 of its protocol, and reads `status`. */
const ROUTES: readonly Route[] = [
  plainRoute("GET", "/", "health", "azure-ml-live", () => plainJson(200, { status: "alive" })),
  plainRoute("POST", "/score", "infer", "azure-ml-score", score),
];

function score(call: RouteCall): Promise<InferenceResponse> {
  return predictPlainly(soleModel(call.host, "ask for /{name}/predict"), call);
}
