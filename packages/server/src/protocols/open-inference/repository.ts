import { TricastError } from "@tricast/core";
import { type InferenceResponse, parseJson, type ReceivedRequest, show, toText } from "@tricast/core/adapter";
import type { RouteCall } from "../../route.ts";
import type { ModelEntry } from "../../served-model.ts";
import type { ServerSettings } from "../../settings.ts";
import { plainJson } from "../plain-answers.ts";
import { objectAt, wrongRequest } from "../wrong-request.ts";

/** States in Triton's model repository extension (extension_model_repository.md). */
const STATES: { readonly [S in ModelEntry["state"]]: string } = {
  ready: "READY",
  loading: "LOADING",
  unloaded: "UNAVAILABLE",
  failed: "UNAVAILABLE",
};

export async function repositoryIndex({ host, request }: RouteCall): Promise<InferenceResponse> {
  const { ready } = readDocument(request);
  if (ready !== undefined && typeof ready !== "boolean") throw wrongRequest("/ready", "true or false", show(ready));
  const entries = await host.index();
  const wanted = ready === true ? entries.filter(({ state }) => state === "ready") : entries;
  return plainJson(
    200,
    wanted.map(({ name, version, state, code }) => ({ name, version, state: STATES[state], reason: code ?? "" })),
  );
}

export async function loadRepositoryModel({ host, params, request, settings }: RouteCall): Promise<InferenceResponse> {
  refuseControl(settings);
  refuseContent(readDocument(request).parameters);
  await host.load(params.model!);
  return plainJson(200, {});
}

export async function unloadRepositoryModel({
  host,
  params,
  request,
  settings,
}: RouteCall): Promise<InferenceResponse> {
  refuseControl(settings);
  readDocument(request);
  await host.unload(params.model!);
  return plainJson(200, {});
}

/** @throws {TricastError} `forbidden`. */
function refuseControl({ modelControl }: ServerSettings): void {
  if (modelControl === "on") return;
  throw new TricastError(
    "forbidden",
    "This server does not load or unload models on request; set modelControl (TRICAST_MODEL_CONTROL) to on",
  );
}

/** The body may be empty. */
function readDocument({ body, charge }: ReceivedRequest): Readonly<Record<string, unknown>> {
  const text = toText(body ?? "");
  return objectAt("", text.trim() === "" ? {} : parseJson(text, false, charge), "an object, or no body");
}

/** Triton accepts a model and its configuration in `parameters`. This server loads only models of its repository. */
function refuseContent(parameters: unknown): void {
  if (parameters === undefined || parameters === null) return;
  const given = typeof parameters === "object" ? Object.keys(parameters) : [];
  if (typeof parameters === "object" && given.length === 0) return;
  throw new TricastError(
    "not-implemented",
    `parameters has ${given.join(", ") || show(parameters)}; models are loaded from the repository, without parameters`,
  );
}
