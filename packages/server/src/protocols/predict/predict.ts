import { type Invocation, toProblem } from "@tricast/core/adapter";
import type { ModelHost } from "../../model-host.ts";
import type { Route, RouteCall } from "../../route.ts";
import { ANY_METHOD } from "../../router.ts";
import type { ServedModel } from "../../served-model.ts";
import { answer } from "./answer.ts";

/** Paths that the core's own pipeline answers, besides health. */
const READ = ["metadata", "openapi.json"];

/** The routes of the core's own pipeline: at the root for a sole predictor, else below each model's name. */
export function predictRoutes(host: ModelHost): readonly Route[] {
  return host.canLoad || host.list().length > 1 ? namedRoutes() : soleRoutes();
}

/** What no other route answers. The sole predictor says what it does not know, and finds its routes below any prefix. */
export function fallbackRoutes(host: ModelHost): { readonly post: Route; readonly other: Route } | undefined {
  if (host.canLoad || host.list().length > 1) return undefined;
  return {
    post: route("POST", "", "infer", "predict", soleOf),
    other: route(ANY_METHOD, "", "read", "other", soleOf),
  };
}

function soleRoutes(): Route[] {
  return [
    ...["/", "/predict"].flatMap((path) => [
      route("POST", path, "infer", "predict", soleOf),
      route(ANY_METHOD, path, "read", "other", soleOf),
    ]),
    ...READ.map((name) => route(ANY_METHOD, `/${name}`, "read", name, soleOf)),
  ];
}

function namedRoutes(): Route[] {
  return [
    route("POST", "/:model/predict", "infer", "predict", namedOf),
    route(ANY_METHOD, "/:model/predict", "read", "other", namedOf),
    ...READ.map((name) => route(ANY_METHOD, `/:model/${name}`, "read", name, namedOf)),
    route(ANY_METHOD, "/:model/ready", "read", "ready", namedOf),
  ];
}

function route(
  method: string,
  path: string,
  kind: Route["kind"],
  operation: string,
  modelOf: (call: RouteCall) => ServedModel,
): Route {
  return {
    method,
    path,
    kind,
    operation,
    handle: (call) => answer(modelOf(call), call),
    problem: (error, call) =>
      serviceOf(call)?.problem(error, unlogged(call.invocation), call.request) ?? toProblem(error),
  };
}

function soleOf({ host }: RouteCall): ServedModel {
  return host.list()[0] as ServedModel;
}

function namedOf({ host, params }: RouteCall): ServedModel {
  return host.find(params.model as string);
}

/** Any service words a problem; its own adds its CORS headers. */
function serviceOf(call: RouteCall): ServedModel["service"] | undefined {
  const { host, params } = call;
  const named = params.model !== undefined && host.versions(params.model).length > 0;
  return (named ? namedOf(call) : host.list()[0])?.service;
}

/** A service logs the errors that it words; these the server has logged. */
function unlogged(invocation: Invocation): Invocation {
  return { ...invocation, log: () => {} };
}
