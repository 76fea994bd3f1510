import { type InferenceResponse, printJson } from "@tricast/core/adapter";
import type { Protocol, Route, RouteCall } from "../../route.ts";
import type { ServerSettings } from "../../settings.ts";
import { predict } from "../kserve-v1/predict.ts";
import { readPredictRequest } from "../kserve-v1/predict-request.ts";
import { plainError } from "../plain-error.ts";
import { predictPlainly } from "../predict-plainly.ts";
import { soleModel } from "../sole-model.ts";

/**
 * Vertex AI's custom container (Google's custom container requirements, version 1.0.0). Its routes hold ids that only the platform
 * knows, so they come from the environment; where it sets none, there are none.
 */
export const vertex: Protocol = {
  routes,
  roots: ({ env: { AIP_PREDICT_ROUTE: path } }) => (path === undefined ? [] : [path]),
};

function routes({ env }: ServerSettings): Route[] {
  const { AIP_HEALTH_ROUTE: health, AIP_PREDICT_ROUTE: predictPath } = env;
  const table: Route[] = [];
  if (health !== undefined)
    table.push({ method: "GET", path: health, kind: "health", operation: "vertex-health", handle: healthRoute });
  if (predictPath !== undefined) {
    table.push({
      method: "POST",
      path: predictPath,
      kind: "infer",
      operation: "vertex-predict",
      handle: predictRoute,
      problem: plainError,
    });
  }
  return table;
}

/** 200 lets traffic through, anything else stops it. */
function healthRoute({ host }: RouteCall): InferenceResponse {
  host.retryFailed();
  return { status: host.ready ? 200 : 503, headers: {}, body: "" };
}

/** What `rawPredict` sends in another form than JSON with `instances` goes to the predictor as it is. */
async function predictRoute(call: RouteCall): Promise<InferenceResponse> {
  const { host, request, invocation } = call;
  const model = soleModel(host, "ask for /v2/models/{name}/infer or /v1/models/{name}:predict with rawPredict");
  if (!isJson(request.headers["content-type"])) return predictPlainly(model, request, invocation);
  const { body, headers } = await predict(model, await readPredictRequest(model, request), call);
  return { status: 200, headers: { ...headers, "content-type": "application/json" }, body: printJson(body) };
}

function isJson(contentType: string | undefined): boolean {
  return contentType === undefined || /^application\/json\s*(;|$)/i.test(contentType);
}
