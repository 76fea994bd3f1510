import type { InferenceResponse } from "@tricast/core/adapter";
import type { Protocol, Route, RouteCall } from "../../route.ts";
import type { ServerSettings } from "../../settings.ts";
import { plainJson, plainRoute } from "../plain-answers.ts";
import { infer } from "./infer.ts";
import { toInferResponse } from "./infer-response.ts";
import { describeModel, tensorInterface } from "./interface.ts";
import { LEFT_OUT_ROUTES, VERSIONED } from "./left-out.ts";
import { rawInput } from "./raw-input.ts";
import { readInferBody } from "./read-body.ts";
import { loadRepositoryModel, repositoryIndex, unloadRepositoryModel } from "./repository.ts";
import { modelStatistics, serverStatistics } from "./statistics.ts";

/** The metadata of the server, over REST and gRPC. The extensions of the protocol have Triton's names. */
export function serverMetadata({ serverName, serverVersion }: ServerSettings): object {
  const extensions = ["binary_tensor_data", "model_repository", "statistics"];
  return { name: serverName, version: serverVersion, extensions };
}

/**
 * The Open Inference Protocol version 2 over REST (kserve/open-inference-protocol, inference_rest.md), with Triton's extensions for
 * binary tensors, the model repository and statistics.
 */
export const openInference: Protocol = { routes: () => ROUTES, roots: () => ["/v2"] };

type Handler = Route["handle"];

/** Once for the default version and once for a named version. */
function versioned(method: string, tail: string, kind: Route["kind"], operation: string, handle: Handler): Route[] {
  return VERSIONED.map((base) => plainRoute(method, base + tail, kind, operation, handle));
}

function repository(tail: string, operation: string, handle: Handler): Route {
  return { ...plainRoute("POST", `/v2/repository${tail}`, "admin", operation, handle), readsBody: true };
}

const ROUTES: readonly Route[] = [
  plainRoute("GET", "/v2/health/live", "health", "v2-live", () => plainJson(200, { live: true })),
  plainRoute("GET", "/v2/health/ready", "health", "v2-ready", serverReady),
  plainRoute("GET", "/v2", "read", "v2-server", ({ settings }) => plainJson(200, serverMetadata(settings))),
  ...versioned("POST", "/infer", "infer", "v2-infer", inferRoute),
  ...versioned("GET", "", "read", "v2-model", modelMetadata),
  ...versioned("GET", "/ready", "read", "v2-model-ready", modelReady),
  ...versioned("GET", "/stats", "read", "v2-model-stats", modelStatistics),
  plainRoute("GET", "/v2/models/stats", "read", "v2-stats", serverStatistics),
  repository("/index", "v2-repository-index", repositoryIndex),
  repository("/models/:model/load", "v2-repository-load", loadRepositoryModel),
  repository("/models/:model/unload", "v2-repository-unload", unloadRepositoryModel),
  ...LEFT_OUT_ROUTES,
];

/** The protocol defines `live`. KServe's client reads `ready`, and Triton's client reads only the status. */
function serverReady({ host }: RouteCall): InferenceResponse {
  host.retryFailed();
  return plainJson(host.ready ? 200 : 503, { live: true, ready: host.ready });
}

function modelReady({ host, params }: RouteCall): InferenceResponse {
  const { name, service } = host.find(params.model!, params.version);
  const ready = service.state === "ready";
  return plainJson(ready ? 200 : 503, { name, ready });
}

async function modelMetadata({ host, params }: RouteCall): Promise<InferenceResponse> {
  return plainJson(200, await describeModel(host, host.find(params.model!, params.version)));
}

async function inferRoute(call: RouteCall): Promise<InferenceResponse> {
  const { host, params, request } = call;
  const model = host.find(params.model!, params.version);
  const body = readInferBody(request);
  if (body.kind === "request") return toInferResponse(await infer(model, body.request, call), body.request);
  const { inputs } = await tensorInterface(model);
  const raw = { id: undefined, parameters: {}, inputs: [rawInput(inputs, body.bytes)], outputs: undefined };
  return toInferResponse(await infer(model, raw, call), { ...raw, binaryByDefault: true });
}
