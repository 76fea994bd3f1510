import type { AnyPredictor } from "@tricast/core";
import { bind, createService } from "@tricast/core/adapter";
import type { HostOptions } from "@tricast/core/testing";
import { type AzureWorker, type LogLine, openAzureWorker, type RpcHttp } from "@tricast/pack/azure-worker";
import { createHttpAdapter } from "../../../packages/azure-functions/src/http-adapter.ts";
import { AZURE_FUNCTIONS } from "../../../packages/azure-functions/src/platform.ts";
import { functionsHost } from "../../events/azure/functions-host.ts";
import { type ContractHost, contractHost } from "./contract-host.ts";

const ROUTE = "contract";
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/** What the worker sends to Application Insights. */
const listeners = new Set<LogLine>();
let worker: AzureWorker | undefined;
let count = 0;

export const AZURE_HOSTS: readonly ContractHost[] = [
  contractHost({
    name: functionsHost.name,
    platform: AZURE_FUNCTIONS,
    mount: `/api/${ROUTE}`,
    pings: "http",
    // learn.microsoft.com, functions-scale: the load balancer in front of every plan.
    deadline: { fixedMs: 230_000 },
    guards: true,
    async start(predictor, options) {
      const invoke = await register(predictor, options);
      return {
        async send(request) {
          const event = functionsHost.build(request);
          return functionsHost.read(await invoke(event as RpcHttp), event);
        },
        close: () => {},
      };
    },
    captureLogs(onLine) {
      const listen: LogLine = ({ message }) => onLine(message);
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
  }),
];

/** A function of its own in the one worker, called as the worker calls it. */
async function register(
  predictor: AnyPredictor,
  options: HostOptions,
): Promise<(http: RpcHttp) => Promise<RpcHttp | undefined>> {
  // Before the library is loaded: it looks for the worker once.
  worker ??= openAzureWorker((line) => {
    for (const listen of listeners) listen(line);
  });
  const called = worker;
  const name = `contract-${++count}`;
  await (options.serviceOptions === undefined ? addFunction(name, predictor) : addGuarded(name, predictor, options));
  let calls = 0;
  return async (http) => {
    const id = `00000000-0000-4000-8000-${String(++calls).padStart(12, "0")}`;
    return (await called.invoke(name, { id, data: { http }, traceParent: TRACE }))?.http;
  };
}

async function addFunction(name: string, predictor: AnyPredictor): Promise<void> {
  const { azureFunctions } = await import("@tricast/azure-functions");
  azureFunctions(predictor, { name, route: ROUTE, warmupTrigger: false });
}

/** `azureFunctions()` takes no guard, so a case that has one gets the adapter that it binds. */
async function addGuarded(name: string, predictor: AnyPredictor, { serviceOptions }: HostOptions): Promise<void> {
  const { app } = await import("@azure/functions");
  const platform = AZURE_FUNCTIONS;
  const service = createService(predictor, { platform, basePath: `/api/${ROUTE}`, ...serviceOptions });
  app.http(name, { route: `${ROUTE}/{*path}`, handler: bind(service, createHttpAdapter("secret")) });
}
