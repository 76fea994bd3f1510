import type { AnyPredictor } from "@tricast/core";
import { type AzureWorker, openAzureWorker, type RpcHttp } from "@tricast/pack/azure-worker";
import { type HostRequest, toReply, toRpcHttp } from "../../../scripts/start/azure-rpc.ts";
import { type EventSource, splitTarget } from "../event-source.ts";

const ROUTE = "/api/contract";

/** The Functions host: the message it makes of a request for its worker, and what it writes of the worker's. */
export const functionsHost: EventSource = {
  name: "Azure Functions host",
  build: ({ method, target, headers, body }) => {
    const framing = body.length > 0 ? ["content-length", String(body.length)] : [];
    const rawHeaders = ["host", "contract.azurewebsites.net", ...headers.flat(), ...framing];
    const request: HostRequest = { method, target: ROUTE + target, rawHeaders, body };
    const path = splitTarget(target).path.slice(1);
    return toRpcHttp(request, path === "" ? {} : { path });
  },
  read: (result) => toReply(result as RpcHttp | undefined),
};

export const AZURE_EVENT_SOURCES: readonly EventSource[] = [functionsHost];

let worker: AzureWorker | undefined;
let count = 0;

/**
 * A predictor registered through the real library, called as the worker calls it: `getArguments`, the function,
 * `getResponse`. Each call registers a function of its own.
 */
export async function azureHandler(predictor: AnyPredictor): Promise<(event: unknown) => Promise<RpcHttp | undefined>> {
  // Before the library is loaded: it looks for the worker once.
  worker ??= openAzureWorker(() => {});
  const { azureFunctions } = await import("@tricast/azure-functions");
  const name = `contract-${++count}`;
  azureFunctions(predictor, { name, route: "contract", warmupTrigger: false });
  const called = worker;
  let calls = 0;
  return async (event) => {
    const id = `00000000-0000-4000-8000-${String(++calls).padStart(12, "0")}`;
    const traceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const result = await called.invoke(name, { id, data: { http: event as RpcHttp }, traceParent });
    return result?.http;
  };
}
