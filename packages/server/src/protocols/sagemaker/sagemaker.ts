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
import { plainError } from "../plain-error.ts";
import { predictPlainly } from "../predict-plainly.ts";
import { soleModel } from "../sole-model.ts";
import { chooseForm } from "./accept.ts";
import { multiModelRoutes } from "./multi-model.ts";
import { renderAs } from "./render.ts";

/**
 * SageMaker's hosting container (awsdocs/amazon-sagemaker-developer-guide, your-algorithms-inference-code), and its
 * multi-model form (mms-container-apis) where `SAGEMAKER_MULTI_MODEL` is true.
 *
 * The platform's own headers reach `predict` as `request.headers`, and what it sets of them in `responseHeaders` (custom
 * attributes, session ids) goes back.
 */
export const sagemaker: Protocol = { routes, roots: () => ["/ping", "/invocations", "/models"] };

function routes({ env }: ServerSettings): Route[] {
  const multiModel = env.SAGEMAKER_MULTI_MODEL === "true";
  const accept = env.SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT;
  return [
    {
      method: "GET",
      path: "/ping",
      kind: "health",
      operation: "sagemaker-ping",
      handle: ({ host }) => ping(host, multiModel),
    },
    {
      method: "POST",
      path: "/invocations",
      kind: "infer",
      operation: "sagemaker-invocations",
      handle: (call) => invoke(targetOf(call), call, accept),
      problem: plainError,
    },
    ...(multiModel ? multiModelRoutes((model, call) => invoke(model, call, accept)) : []),
  ];
}

/** A container of many models is healthy whatever it has loaded: the platform brings models, and takes them away. */
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
  { request, invocation }: RouteCall,
  defaultAccept: string | undefined,
): Promise<InferenceResponse> {
  const form = chooseForm(request.headers.accept ?? defaultAccept);
  const response = await predictPlainly(model, request, invocation);
  if (response.status !== 200) return response;
  checkAttributes(response, invocation);
  return renderAs(response, form, () => asksForMany(request));
}

/** Whether a JSON answer holds a list of predictions: else an output of that very form would be taken for one. */
function asksForMany({ headers, body }: ReceivedRequest): boolean {
  const type = headers["content-type"] ?? "application/json";
  return type.startsWith("text/csv") || toText(body ?? "").includes('"instances"');
}

const CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes";

/** InvokeEndpoint's own rule; a longer one would come back as the platform's error, without a hint at its cause. */
function checkAttributes({ headers }: InferenceResponse, invocation: Invocation): void {
  const attributes = headers[CUSTOM_ATTRIBUTES];
  if (attributes === undefined || /^[\x20-\x7e]{0,1024}$/.test(String(attributes))) return;
  const what = `predict set ${CUSTOM_ATTRIBUTES} to ${show(String(attributes))}; SageMaker takes at most 1,024 visible ASCII characters`;
  throw reportError(new TricastError("invalid-output", what), SERVER, invocation);
}
