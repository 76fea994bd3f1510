import type { WireRequest, WireResponse } from "@tricast/core/testing";
import type { AzureWorker } from "@tricast/pack/azure-worker";
import { FunctionsServer } from "../../../scripts/start/azure-server.ts";
import { send } from "../../e2e/support/wire-client.ts";

export interface ServedFunction {
  readonly url: string;
  /** Sends a request to a target below the route. */
  send(request: Partial<WireRequest> & Pick<WireRequest, "target">): Promise<WireResponse>;
  close(): Promise<void>;
}

/** Serves one function of the worker with the local host, at `/api/ROUTE`. The function registers itself first. */
export async function serveFunction(worker: AzureWorker, name: string, route: string): Promise<ServedFunction> {
  const functions = [...worker.functions.values()].filter((each) => each.name === name);
  const server = new FunctionsServer({ worker, functions, prefix: "api", httpUri: await worker.httpUri() });
  const url = await server.listen(0);
  return {
    url,
    send: (request) => send(url, { ...request, target: `/api/${route}${request.target}` }),
    close: () => server.close(),
  };
}
