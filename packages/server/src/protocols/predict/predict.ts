import { findRoute, type Invocation, toProblem } from "@tricast/core/adapter";
import { getOrAdd } from "../../get-or-add.ts";
import type { ModelHost } from "../../model-host.ts";
import type { Route, RouteCall } from "../../route.ts";
import { ANY_METHOD } from "../../router.ts";
import type { ServedModel } from "../../served-model.ts";
import { answer } from "./answer.ts";

/** Paths that the core's own pipeline answers, besides predictions and health, with their operations. */
const READ = [
  ["/metadata", "metadata"],
  ["/openapi.json", "openapi"],
] as const;

/** The routes of the core's own pipeline: at the root for a sole predictor, else below each model's name. */
export function predictRoutes(host: ModelHost): readonly Route[] {
  return host.canLoad || host.list().length > 1 ? namedRoutes() : soleRoutes();
}

/** The route of a request that no other route answers. */
export type Fallback = (method: string, path: string) => Route;

/** The sole predictor answers what no other route does: it finds its routes below any prefix, and refuses other paths. */
export function createFallback(host: ModelHost): Fallback | undefined {
  if (host.canLoad || host.list().length > 1) return undefined;
  const unknown = route(ANY_METHOD, "", "read", "none", soleOf);
  const predict = route("POST", "/predict", "infer", "predict", soleOf);
  const reads = new Map<string, Route>();
  return (method, path) => {
    const found = findRoute(path, undefined);
    if (found === undefined) return unknown;
    if (method === "POST" && found.name === "predict") return predict;
    return getOrAdd(reads, found.name, () => route(ANY_METHOD, found.path, "read", found.name, soleOf));
  };
}

function soleRoutes(): Route[] {
  return [
    ...["/", "/predict"].flatMap((path) => [
      route("POST", path, "infer", "predict", soleOf),
      route(ANY_METHOD, path, "read", "predict", soleOf),
    ]),
    ...READ.map(([path, operation]) => route(ANY_METHOD, path, "read", operation, soleOf)),
  ];
}

function namedRoutes(): Route[] {
  return [
    route("POST", "/:model/predict", "infer", "predict", namedOf),
    route(ANY_METHOD, "/:model/predict", "read", "predict", namedOf),
    ...READ.map(([path, operation]) => route(ANY_METHOD, `/:model${path}`, "read", operation, namedOf)),
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
