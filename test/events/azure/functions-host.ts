import type { RpcHttp } from "@tricast/pack/azure-worker";
import { type HostRequest, toReply, toRpcHttp } from "../../../scripts/start/azure-rpc.ts";
import { type EventSource, splitTarget } from "../event-source.ts";

const ROUTE = "/api/contract";

/** The Functions host without stream mode: the message it makes of a request for its worker, and what it writes of the worker's. */
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
