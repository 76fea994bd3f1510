import { type InferenceResponse, parseJson, show, toText } from "@tricast/core/adapter";
import type { Route, RouteCall } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";
import { plainJson, plainRoute } from "../plain-answers.ts";
import { wrongRequest } from "../wrong-request.ts";

type Invoke = (model: ServedModel, call: RouteCall) => Promise<InferenceResponse>;

/**
 * The routes with which SageMaker loads, lists, unloads and invokes the models of a multi-model endpoint. A load that
 * fails with 409 means that the model is already loaded; 507 asks the platform to unload another model first.
 */
export function multiModelRoutes(invoke: Invoke): Route[] {
  /** The path of each model as the platform sent it. The platform expects it in responses. */
  const urls = new WeakMap<ServedModel["service"], string>();
  const describe = ({ name, service }: ServedModel) => ({ modelName: name, modelUrl: urls.get(service) ?? "" });
  const find = ({ host, params }: RouteCall): ServedModel => host.find(params.model!);

  async function load({ host, request }: RouteCall): Promise<InferenceResponse> {
    const document = parseJson(toText(request.body ?? ""), false, request.charge) as Document;
    const [name, url] = [textIn(document, "model_name"), textIn(document, "url")];
    const model = await host.load(name, url);
    urls.set(model.service, url);
    return plainJson(200, describe(model));
  }

  async function unload({ host, params }: RouteCall): Promise<InferenceResponse> {
    await host.unload(params.model!);
    return plainJson(200, {});
  }

  return [
    { ...plainRoute("POST", "/models", "read", "sagemaker-load", load), readsBody: true },
    plainRoute("GET", "/models", "read", "sagemaker-models", (call) => listModels(call, describe)),
    plainRoute("GET", "/models/:model", "read", "sagemaker-model", (call) => plainJson(200, describe(find(call)))),
    plainRoute("DELETE", "/models/:model", "read", "sagemaker-unload", unload),
    plainRoute("POST", "/models/:model/invoke", "infer", "sagemaker-invoke", (call) => invoke(find(call), call)),
  ];
}

type Document = Readonly<Record<string, unknown>> | null;

function textIn(document: Document, key: string): string {
  const value = document?.[key];
  if (typeof value === "string" && value !== "") return value;
  throw wrongRequest(`/${key}`, "text", show(value));
}

const PAGE = 100;

/** The token of a page is the last name before it, so a load or unload between two requests does not shift the page. */
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
