import type { InferenceResponse } from "@tricast/core/adapter";
import type { RunnableHost } from "./model-host.ts";
import { answer } from "./protocols/predict/answer.ts";
import type { Route, RouteKind } from "./route.ts";
import { ANY_METHOD } from "./router.ts";
import type { ServedModel } from "./served-model.ts";
import type { ServerState } from "./server-state.ts";

/** Answered at once, whatever else goes on: a probe that waits behind predictions ends a healthy instance. */
export function healthRoutes(state: ServerState): readonly Route[] {
  const { host } = state;
  return [
    route("/live", "health", () => json(200, { status: "ok" })),
    ...(host.list().length === 1 && !host.canLoad ? soleHealth(host) : sharedHealth(host)),
    ...metricsRoutes(state),
  ];
}

function route(path: string, kind: RouteKind, handle: Route["handle"], method = "GET"): Route {
  return { method, path, kind, operation: path.slice(1), handle };
}

/** A single predictor answers as it does on every other platform. */
function soleHealth(host: RunnableHost): Route[] {
  const model = host.list()[0] as ServedModel;
  const health: Route["handle"] = (call) => answer(model, call);
  const ready: Route["handle"] = (call) => {
    host.retryFailed();
    // Stopping, it can still predict, and must not be sent anything new.
    const isStopping = model.service.state === "ready" && !host.ready;
    return isStopping && call.request.method !== "OPTIONS" ? notReady({ state: "stopping" }) : answer(model, call);
  };
  return [route("/health", "health", health, ANY_METHOD), route("/ready", "health", ready, ANY_METHOD)];
}

function sharedHealth(host: RunnableHost): Route[] {
  return [
    route("/health", "health", () => json(200, { status: "ok" })),
    route("/ready", "health", () => {
      host.retryFailed();
      const models = Object.fromEntries(host.list().map(({ name, service }) => [name, service.state]));
      return host.ready ? json(200, { ready: true, models }) : notReady({ models });
    }),
  ];
}

function metricsRoutes(state: ServerState): Route[] {
  const { settings, metrics, host } = state;
  if (settings.metrics === "off") return [];
  const kind = settings.metrics === "open" ? "health" : "read";
  const { maxInFlight, maxQueue } = settings;
  const sources = { host, admission: state.admission, maxInFlight, maxQueue, ready: () => host.ready };
  return [
    route("/metrics", kind, () => ({
      status: 200,
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      body: metrics.text(sources),
    })),
  ];
}

function notReady(fields: Readonly<Record<string, unknown>>): InferenceResponse {
  const response = json(503, { ready: false, ...fields });
  return { ...response, headers: { ...response.headers, "retry-after": "1" } };
}

function json(status: number, value: unknown): InferenceResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
