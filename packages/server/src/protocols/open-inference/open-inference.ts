import type { InferenceResponse } from "@tricast/core/adapter";
import type { Protocol, Route, RouteCall } from "../../route.ts";
import { plainError, plainJson } from "../plain-error.ts";
import { infer } from "./infer.ts";
import { toInferResponse } from "./infer-response.ts";
import { tensorInterface } from "./interface.ts";
import { LEFT_OUT_ROUTES } from "./left-out.ts";
import { rawInput } from "./raw-input.ts";
import { readInferBody } from "./read-body.ts";
import { loadRepositoryModel, repositoryIndex, unloadRepositoryModel } from "./repository.ts";
import { modelStatistics, serverStatistics } from "./statistics.ts";

/** What `/v2` and `ServerMetadata` say this server does beyond the protocol, in Triton's words. */
export const EXTENSIONS: readonly string[] = ["binary_tensor_data", "model_repository", "statistics"];

/**
 * The Open Inference Protocol version 2 over REST (kserve/open-inference-protocol, inference_rest.md), with Triton's extensions for
 * binary tensors, the model repository and statistics.
 */
export const openInference: Protocol = {
  routes: () => ROUTES,
  roots: () => ["/v2"],
};

type Handler = Route["handle"];

function route(method: string, path: string, kind: Route["kind"], operation: string, handle: Handler): Route {
  return { method, path, kind, operation, handle, problem: plainError };
}

/** Once for the newest version and once for a version by name. */
function versioned(method: string, tail: string, kind: Route["kind"], operation: string, handle: Handler): Route[] {
  return ["/v2/models/:model", "/v2/models/:model/versions/:version"].map((base) =>
    route(method, base + tail, kind, operation, handle),
  );
}

function repository(tail: string, operation: string, handle: Handler): Route {
  return { ...route("POST", `/v2/repository${tail}`, "admin", operation, handle), readsBody: true };
}

const ROUTES: readonly Route[] = [
  route("GET", "/v2/health/live", "health", "v2-live", () => plainJson(200, { live: true })),
  route("GET", "/v2/health/ready", "health", "v2-ready", serverReady),
  route("GET", "/v2", "read", "v2-server", serverMetadata),
  ...versioned("POST", "/infer", "infer", "v2-infer", inferRoute),
  ...versioned("GET", "", "read", "v2-model", modelMetadata),
  ...versioned("GET", "/ready", "read", "v2-model-ready", modelReady),
  ...versioned("GET", "/stats", "read", "v2-model-stats", modelStatistics),
  route("GET", "/v2/models/stats", "read", "v2-stats", serverStatistics),
  repository("/index", "v2-repository-index", repositoryIndex),
  repository("/models/:model/load", "v2-repository-load", loadRepositoryModel),
  repository("/models/:model/unload", "v2-repository-unload", unloadRepositoryModel),
  ...LEFT_OUT_ROUTES,
];

/** `live` for the text of the protocol, `ready` for KServe's client; Triton's reads the status alone. */
function serverReady({ host }: RouteCall): InferenceResponse {
  host.retryFailed();
  return plainJson(host.ready ? 200 : 503, { live: true, ready: host.ready });
}

function serverMetadata({ settings }: RouteCall): InferenceResponse {
  return plainJson(200, { name: settings.serverName, version: settings.serverVersion, extensions: EXTENSIONS });
}

function modelReady({ host, params }: RouteCall): InferenceResponse {
  const { name, service } = host.find(params.model!, params.version);
  const ready = service.state === "ready";
  return plainJson(ready ? 200 : 503, { name, ready });
}

async function modelMetadata({ host, params }: RouteCall): Promise<InferenceResponse> {
  const model = host.find(params.model!, params.version);
  const { platform, inputs, outputs } = await tensorInterface(model);
  const tensors = (infos: typeof inputs) => infos.map(({ name, datatype, shape }) => ({ name, datatype, shape }));
  return plainJson(200, {
    name: model.name,
    versions: host.versions(model.name),
    platform,
    inputs: tensors(inputs),
    outputs: tensors(outputs),
  });
}

async function inferRoute({ host, params, request, invocation }: RouteCall): Promise<InferenceResponse> {
  const model = host.find(params.model!, params.version);
  const body = readInferBody(request);
  if (body.kind === "request")
    return toInferResponse(await infer(model, body.request, { request, invocation }), body.request);
  const { inputs } = await tensorInterface(model);
  const raw = { id: undefined, parameters: {}, inputs: [rawInput(inputs, body.bytes)], outputs: undefined };
  return toInferResponse(await infer(model, raw, { request, invocation }), { ...raw, binaryByDefault: true });
}
