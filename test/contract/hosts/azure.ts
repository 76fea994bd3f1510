import type { AnyPredictor } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import type { AdapterHost, HostOptions, RunningHost } from "@tricast/core/testing";
import { type AzureWorker, type LogLine, openAzureWorker, type RpcHttp } from "@tricast/pack/azure-worker";
import { httpHandler } from "../../../packages/azure-functions/src/http-adapter.ts";
import { AZURE_FUNCTIONS } from "../../../packages/azure-functions/src/platform.ts";
import { functionsHost } from "../../events/azure/functions-host.ts";
import { serveFunction } from "../../events/azure/serve-function.ts";
import { type ContractHost, contractHost } from "./contract-host.ts";

const ROUTE = "contract";
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/** What the worker sends to Application Insights. */
const listeners = new Set<LogLine>();
let opened: AzureWorker | undefined;
let count = 0;

/** The mode that `azureFunctions()` sets: the host forwards requests to the worker's own server. */
export const AZURE_HOSTS: readonly ContractHost[] = [
  azureHost({
    name: "Azure Functions host, stream mode",
    streams: true,
    async start(predictor, options) {
      const { worker, name } = await register(predictor, options);
      const served = await serveFunction(worker, name, ROUTE);
      return {
        async send(request) {
          const response = await served.send(request);
          // The library adds a header to every response (src/http/httpProxy.ts).
          return { ...response, headers: response.headers.filter(([name]) => name !== "x-ms-invocation-id") };
        },
        close: served.close,
      };
    },
  }),
];

/** The library's own default. A process has one mode, so this host has a test file of its own. */
export const AZURE_BUFFERED_HOSTS: readonly ContractHost[] = [
  azureHost({
    name: functionsHost.name,
    async start(predictor, options) {
      const { worker, name } = await register(predictor, options);
      const { app } = await import("@azure/functions");
      app.setup({ enableHttpStream: false });
      let calls = 0;
      return {
        async send(request) {
          const event = functionsHost.build(request);
          const id = `00000000-0000-4000-8000-${String(++calls).padStart(12, "0")}`;
          const result = await worker.invoke(name, { id, data: { http: event as RpcHttp }, traceParent: TRACE });
          return functionsHost.read(result?.http, event);
        },
        close: () => {},
      };
    },
  }),
];

function azureHost(host: {
  readonly name: string;
  readonly streams?: boolean;
  readonly start: (predictor: AnyPredictor, options: HostOptions) => Promise<RunningHost>;
}): ContractHost {
  return contractHost({
    ...host,
    platform: AZURE_FUNCTIONS,
    mount: `/api/${ROUTE}`,
    pings: "http",
    // learn.microsoft.com, functions-scale: the load balancer in front of every plan.
    deadline: { fixedMs: 230_000 },
    guards: true,
    captureLogs(onLine) {
      const listen: LogLine = ({ message }) => onLine(message);
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
  } satisfies Omit<AdapterHost, "differences">);
}

/** Registers a function of its own in the one worker. */
async function register(
  predictor: AnyPredictor,
  { serviceOptions }: HostOptions,
): Promise<{ readonly worker: AzureWorker; readonly name: string }> {
  // Before the library is loaded: it looks for the worker once.
  opened ??= openAzureWorker((line) => {
    for (const listen of listeners) listen(line);
  });
  const worker = opened;
  const name = `contract-${++count}`;
  if (serviceOptions === undefined) {
    const { azureFunctions } = await import("@tricast/azure-functions");
    azureFunctions(predictor, { name, route: ROUTE, warmupTrigger: false });
    return { worker, name };
  }
  // `azureFunctions()` takes no guard, so a case that has one gets the handler that it registers.
  const { app } = await import("@azure/functions");
  const service = createService(predictor, { platform: AZURE_FUNCTIONS, basePath: `/api/${ROUTE}`, ...serviceOptions });
  app.http(name, {
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    route: `${ROUTE}/{*path}`,
    handler: httpHandler(service, "secret"),
  });
  return { worker, name };
}
