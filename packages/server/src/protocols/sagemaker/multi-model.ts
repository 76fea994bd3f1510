import { TricastError } from "@tricast/core";
import { type InferenceResponse, parseJson, show, toText } from "@tricast/core/adapter";
import type { Route, RouteCall } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";
import { plainError, plainJson } from "../plain-error.ts";

type Invoke = (model: ServedModel, call: RouteCall) => Promise<InferenceResponse>;

/**
 * The routes by which SageMaker loads, lists, unloads and invokes the models of a multi-model endpoint. Of what loading
 * fails with, 409 says that a model is there already and 507 that the platform must unload another first.
 */
export function multiModelRoutes(invoke: Invoke): Route[] {
  /** Where the platform said each model is: it wants to hear it again. */
  const urls = new WeakMap<ServedModel["service"], string>();
  const describe = ({ name, service }: ServedModel) => ({ modelName: name, modelUrl: urls.get(service) ?? "" });

  async function load({ host, request }: RouteCall): Promise<InferenceResponse> {
    const { name, url } = readModel(request.body);
    const model = await host.load(name, { path: url });
    urls.set(model.service, url);
    return plainJson(200, describe(model));
  }

  const route = (method: string, path: string, operation: string, handle: Route["handle"]): Route => ({
    method,
    path,
    kind: operation === "sagemaker-invoke" ? "infer" : "admin",
    operation,
    handle,
    problem: plainError,
  });

  return [
    { ...route("POST", "/models", "sagemaker-load", load), readsBody: true },
    route("GET", "/models", "sagemaker-models", (call) => listModels(call, describe)),
    route("GET", "/models/:model", "sagemaker-model", ({ host, params }) =>
      plainJson(200, describe(host.find(params.model!))),
    ),
    route("DELETE", "/models/:model", "sagemaker-unload", async ({ host, params }) => {
      await host.unload(params.model!);
      return plainJson(200, {});
    }),
    route("POST", "/models/:model/invoke", "sagemaker-invoke", (call) =>
      invoke(call.host.find(call.params.model!), call),
    ),
  ];
}

function readModel(body: string | Uint8Array | undefined): { readonly name: string; readonly url: string } {
  const document = parseJson(toText(body ?? ""), false) as Readonly<Record<string, unknown>> | null;
  return { name: textIn(document, "model_name"), url: textIn(document, "url") };
}

function textIn(document: Readonly<Record<string, unknown>> | null, key: string): string {
  const value = document?.[key];
  if (typeof value === "string" && value !== "") return value;
  const message = `expected text, got ${show(value)}`;
  throw new TricastError("invalid-input", `/${key}: ${message}`, { issues: [{ pointer: `/${key}`, message }] });
}

const PAGE = 100;

/** The token of a page is the name it begins after, so that models which come and go in between move none. */
function listModels(
  { host, request }: RouteCall,
  describe: (model: ServedModel) => { readonly modelName: string },
): InferenceResponse {
  const after = new URLSearchParams(request.query).get("next_page_token") ?? "";
  const models = host
    .list()
    .filter(({ name }) => name > after)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = models.slice(0, PAGE);
  return plainJson(200, {
    models: page.map(describe),
    nextPageToken: models.length > PAGE ? page.at(-1)!.name : undefined,
  });
}
