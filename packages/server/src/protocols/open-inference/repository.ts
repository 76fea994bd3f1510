import { TricastError } from "@tricast/core";
import { type InferenceResponse, parseJson, show, toText } from "@tricast/core/adapter";
import type { RouteCall } from "../../route.ts";
import type { ModelEntry } from "../../served-model.ts";
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
  const { ready } = readDocument(request.body);
  if (ready !== undefined && typeof ready !== "boolean") throw wrongRequest("/ready", "true or false", show(ready));
  const entries = await host.index();
  const wanted = ready === true ? entries.filter(({ state }) => state === "ready") : entries;
  return plainJson(
    200,
    wanted.map(({ name, version, state, code }) => ({ name, version, state: STATES[state], reason: code ?? "" })),
  );
}

export async function loadRepositoryModel({ host, params, request }: RouteCall): Promise<InferenceResponse> {
  refuseContent(readDocument(request.body).parameters);
  await host.load(params.model!);
  return plainJson(200, {});
}

export async function unloadRepositoryModel({ host, params, request }: RouteCall): Promise<InferenceResponse> {
  readDocument(request.body);
  await host.unload(params.model!);
  return plainJson(200, {});
}

/** The body may be empty. */
function readDocument(body: string | Uint8Array | undefined): Readonly<Record<string, unknown>> {
  const text = toText(body ?? "");
  return objectAt("", text.trim() === "" ? {} : parseJson(text, false), "an object, or no body");
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
