import type { InferenceResponse } from "@tricast/core/adapter";
import { isSole, type RunnableHost } from "./model-host.ts";
import { plainJson } from "./protocols/plain-answers.ts";
import { answer } from "./protocols/predict.ts";
import type { Route, RouteKind } from "./route.ts";
import { ANY_METHOD } from "./router.ts";
import type { ServedModel } from "./served-model.ts";
import type { ServerState } from "./server-state.ts";

/** Health checks are answered at once. If a probe waited behind predictions, the platform would stop a healthy instance. */
export function healthRoutes(state: ServerState): readonly Route[] {
  const { host } = state;
  return [
    route("/live", "health", () => plainJson(200, { status: "ok" })),
    ...(isSole(host) ? soleHealth(host) : sharedHealth(host)),
    ...metricsRoutes(state),
  ];
}

function route(path: string, kind: RouteKind, handle: Route["handle"], method = "GET"): Route {
  return { method, path, kind, operation: path.slice(1), handle };
}

/** A single predictor answers these routes itself, as on every other platform. */
function soleHealth(host: RunnableHost): Route[] {
  const model = host.list()[0] as ServedModel;
  const ready: Route["handle"] = (call) => {
    host.retryFailed();
    // A stopping predictor can still predict, but must not get new requests.
    const isStopping = model.service.state === "ready" && !host.ready;
    return isStopping && call.request.method !== "OPTIONS" ? notReady({ state: "stopping" }) : answer(model, call);
  };
  return [
    route("/health", "health", (call) => answer(model, call), ANY_METHOD),
    route("/ready", "health", ready, ANY_METHOD),
  ];
}

function sharedHealth(host: RunnableHost): Route[] {
  return [
    route("/health", "health", () => plainJson(200, { status: "ok" })),
    route("/ready", "health", () => {
      host.retryFailed();
      const { leftOut = [] } = host;
      const models = Object.fromEntries(host.list().map(({ name, service }) => [name, service.state]));
      const fields = { models, ...(leftOut.length > 0 && { leftOut }) };
      return host.ready ? plainJson(200, { ready: true, ...fields }) : notReady(fields);
    }),
  ];
}

function metricsRoutes(state: ServerState): Route[] {
  const { settings, metrics } = state;
  if (settings.metrics === "off") return [];
  return [
    route("/metrics", settings.metrics === "open" ? "health" : "metrics", () => ({
      status: 200,
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      body: metrics.text(state),
    })),
  ];
}

function notReady(fields: Readonly<Record<string, unknown>>): InferenceResponse {
  const response = plainJson(503, { ready: false, ...fields });
  return { ...response, headers: { ...response.headers, "retry-after": "1" } };
}
