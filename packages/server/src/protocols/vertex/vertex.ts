import type { InferenceResponse } from "@tricast/core/adapter";
import type { Protocol, Route, RouteCall } from "../../route.ts";
import type { ServerSettings } from "../../settings.ts";
import { predict } from "../kserve-v1/predict.ts";
import { plainRoute } from "../plain-answers.ts";
import { predictPlainly } from "../predict-plainly.ts";
import { soleModel } from "../sole-model.ts";

/**
 * Vertex AI's custom container (Google's custom container requirements, version 1.0.0). Only the platform knows the ids
 * in its routes, so it sets the routes in the environment. Without these variables, the server has no Vertex AI routes.
 */
export const vertex: Protocol = {
  routes,
  roots: ({ env: { AIP_PREDICT_ROUTE: path } }) => (path === undefined ? [] : [path]),
};

function routes({ env }: ServerSettings): Route[] {
  const { AIP_HEALTH_ROUTE: health, AIP_PREDICT_ROUTE: predictPath } = env;
  return [
    ...(health === undefined ? [] : [plainRoute("GET", health, "health", "vertex-health", healthRoute)]),
    ...(predictPath === undefined ? [] : [plainRoute("POST", predictPath, "infer", "vertex-predict", predictRoute)]),
  ];
}

/** 200 lets traffic through; any other status stops it. */
function healthRoute({ host }: RouteCall): InferenceResponse {
  host.retryFailed();
  return { status: host.ready ? 200 : 503, headers: {}, body: "" };
}

/** A body of `rawPredict` that is not JSON goes to the predictor unchanged. */
function predictRoute(call: RouteCall): Promise<InferenceResponse> {
  const { host, request } = call;
  const model = soleModel(host, "call /v2/models/{name}/infer or /v1/models/{name}:predict with rawPredict");
  return isJson(request.headers["content-type"]) ? predict(model, call) : predictPlainly(model, call);
}

function isJson(contentType: string | undefined): boolean {
  return contentType === undefined || /^application\/json\s*(;|$)/i.test(contentType);
}
