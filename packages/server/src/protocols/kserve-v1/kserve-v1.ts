import { TricastError } from "@tricast/core";
import type { InferenceResponse } from "@tricast/core/adapter";
import type { Protocol, Route, RouteCall } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";
import { plainJson, plainRoute } from "../plain-answers.ts";
import { modelMetadata, versionStatus } from "./metadata.ts";
import { predict } from "./predict.ts";

/**
 * TensorFlow Serving's REST API (tensorflow/serving, api_rest.md) and KServe's version 1
 * (kserve/kserve, protocol/rest/v1_endpoints.py), which share their paths and formats.
 */
export const kserveV1: Protocol = { routes: () => ROUTES, roots: () => ["/v1"] };

const MODEL = "/v1/models/:model";
/** A host finds versions and labels by the same names. */
const OF_VERSION = [`${MODEL}/versions/:version`, `${MODEL}/labels/:version`];

const ROUTES: readonly Route[] = [
  plainRoute("GET", "/v1/models", "read", "v1-models", ({ host }) =>
    plainJson(200, { models: host.list().map(({ name }) => name) }),
  ),
  plainRoute("GET", MODEL, "read", "v1-model", modelStatus),
  ...OF_VERSION.map((path) => plainRoute("GET", path, "read", "v1-version", oneVersionStatus)),
  ...[MODEL, ...OF_VERSION].flatMap((path) => [
    plainRoute("GET", `${path}/metadata`, "read", "v1-metadata", metadataRoute),
    plainRoute("POST", `${path}:predict`, "infer", "v1-predict", (call) => predict(modelOf(call), call)),
    ...["explain", "classify", "regress"].map((verb) =>
      plainRoute("POST", `${path}:${verb}`, "read", `v1-${verb}`, () => refuse(verb)),
    ),
  ]),
];

/** KServe's client reads `ready`, TensorFlow Serving's the list of versions. */
function modelStatus({ host, params }: RouteCall): InferenceResponse {
  const { name, service } = host.find(params.model!);
  const ready = service.state === "ready";
  const versions = host.versions(name).map((version) => host.find(name, version));
  return plainJson(ready ? 200 : 503, { name, ready, model_version_status: versions.map(versionStatus) });
}

function oneVersionStatus(call: RouteCall): InferenceResponse {
  return plainJson(200, { model_version_status: [versionStatus(modelOf(call))] });
}

async function metadataRoute(call: RouteCall): Promise<InferenceResponse> {
  return plainJson(200, await modelMetadata(modelOf(call)));
}

function modelOf({ host, params }: RouteCall): ServedModel {
  return host.find(params.model!, params.version);
}

function refuse(verb: string): never {
  throw new TricastError("not-implemented", `This server does not ${verb}; call :predict`);
}
