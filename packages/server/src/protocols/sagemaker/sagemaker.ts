import { TricastError } from "@tricast/core";
import {
  type InferenceResponse,
  type Invocation,
  type ReceivedRequest,
  reportError,
  show,
  toText,
} from "@tricast/core/adapter";
import type { ModelHost } from "../../model-host.ts";
import { SERVER } from "../../platform.ts";
import type { Protocol, Route, RouteCall } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";
import type { ServerSettings } from "../../settings.ts";
import { plainRoute } from "../plain-answers.ts";
import { predictPlainly } from "../predict-plainly.ts";
import { soleModel } from "../sole-model.ts";
import { chooseForm } from "./accept.ts";
import { multiModelRoutes } from "./multi-model.ts";
import { renderAs } from "./render.ts";

/**
 * SageMaker's hosting container (awsdocs/amazon-sagemaker-developer-guide, your-algorithms-inference-code), and its
 * multi-model form (mms-container-apis) if `SAGEMAKER_MULTI_MODEL` is true.
 *
 * `predict` reads the platform's headers in `request.headers`. The response has those that it sets in
 * `responseHeaders` (custom attributes, session ids).
 */
export const sagemaker: Protocol = { routes, roots: () => ["/ping", "/invocations", "/models"] };

function routes({ env }: ServerSettings): Route[] {
  const multiModel = env.SAGEMAKER_MULTI_MODEL === "true";
  const accept = env.SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT;
  return [
    plainRoute("GET", "/ping", "health", "sagemaker-ping", ({ host }) => ping(host, multiModel)),
    plainRoute("POST", "/invocations", "infer", "sagemaker-invocations", (call) =>
      invoke(targetOf(call), call, accept),
    ),
    ...(multiModel ? multiModelRoutes((model, call) => invoke(model, call, accept)) : []),
  ];
}

/** A multi-model container is healthy without loaded models, because the platform loads and unloads them. */
function ping(host: ModelHost, multiModel: boolean): InferenceResponse {
  host.retryFailed();
  return { status: multiModel || host.ready ? 200 : 503, headers: {}, body: "" };
}

const TARGET_MODEL = "x-amzn-sagemaker-target-model";

function targetOf({ host, request }: RouteCall): ServedModel {
  const target = request.headers[TARGET_MODEL];
  if (target !== undefined && host.list().length > 1) return host.find(target);
  return soleModel(host, "name it in X-Amzn-SageMaker-Target-Model");
}

async function invoke(
  model: ServedModel,
  call: RouteCall,
  defaultAccept: string | undefined,
): Promise<InferenceResponse> {
  const { request, invocation } = call;
  const form = chooseForm(request.headers.accept ?? defaultAccept);
  const response = await predictPlainly(model, call);
  if (response.status !== 200) return response;
  checkAttributes(response, invocation);
  return renderAs(response, form, () => asksForMany(request));
}

/** Whether a JSON response is a list of predictions. A single output may have a member `predictions` of its own. */
function asksForMany({ headers, body }: ReceivedRequest): boolean {
  const type = headers["content-type"] ?? "application/json";
  return type.startsWith("text/csv") || toText(body ?? "").includes('"instances"');
}

const CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes";

/** The rule of InvokeEndpoint. For other values, the platform's own error does not name the cause. */
function checkAttributes({ headers }: InferenceResponse, invocation: Invocation): void {
  const attributes = headers[CUSTOM_ATTRIBUTES];
  if (attributes === undefined || /^[\x20-\x7e]{0,1024}$/.test(String(attributes))) return;
  const what = `predict set ${CUSTOM_ATTRIBUTES} to ${show(String(attributes))}; SageMaker allows at most 1,024 visible ASCII characters`;
  throw reportError(new TricastError("invalid-output", what), SERVER, invocation);
}
