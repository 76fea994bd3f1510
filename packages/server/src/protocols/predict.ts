import {
  findRoute,
  type InferenceResponse,
  type Invocation,
  pongResponse,
  recogniseHttpPing,
  toProblem,
} from "@tricast/core/adapter";
import { getOrAdd } from "../get-or-add.ts";
import { isSole, type ModelHost } from "../model-host.ts";
import { type Route, type RouteCall, UNRECORDED } from "../route.ts";
import { ANY_METHOD } from "../router.ts";
import type { ServedModel } from "../served-model.ts";

type ModelOf = (call: RouteCall) => ServedModel;

/** The routes of the core's pipeline: at the root for a single predictor, otherwise below each model's name. */
export function predictRoutes(host: ModelHost): readonly Route[] {
  if (isSole(host)) return [...predictAt("/", soleOf), ...routesBelow("", soleOf)];
  return [...routesBelow("/:model", namedOf), route(ANY_METHOD, "/:model/ready", "read", "ready", namedOf)];
}

function routesBelow(prefix: string, modelOf: ModelOf): Route[] {
  return [
    ...predictAt(`${prefix}/predict`, modelOf),
    route(ANY_METHOD, `${prefix}/metadata`, "read", "metadata", modelOf),
    route(ANY_METHOD, `${prefix}/openapi.json`, "read", "openapi", modelOf),
  ];
}

function predictAt(path: string, modelOf: ModelOf): Route[] {
  return [route("POST", path, "infer", "predict", modelOf), route(ANY_METHOD, path, "read", "predict", modelOf)];
}

/** The route of a request that matches no other route. */
export type Fallback = (method: string, path: string) => Route;

/** A single predictor answers all other paths: its own routes below any prefix, and a 404 for the rest. */
export function createFallback(host: ModelHost): Fallback | undefined {
  if (!isSole(host)) return undefined;
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

function route(method: string, path: string, kind: Route["kind"], operation: string, modelOf: ModelOf): Route {
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

/** The response of the core's pipeline. HTTP warmup pings get the same response as from every other adapter. */
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

function soleOf({ host }: RouteCall): ServedModel {
  return host.list()[0] as ServedModel;
}

function namedOf({ host, params }: RouteCall): ServedModel {
  return host.find(params.model as string);
}

/** The service of the named model, which adds its own CORS headers to a problem; otherwise the service of any model. */
function serviceOf(call: RouteCall): ServedModel["service"] | undefined {
  const { host, params } = call;
  const named = params.model !== undefined && host.versions(params.model).length > 0;
  return (named ? namedOf(call) : host.list()[0])?.service;
}

/** `Service.problem` logs the error, which the server has logged already. */
function unlogged(invocation: Invocation): Invocation {
  return { ...invocation, log: () => {} };
}
