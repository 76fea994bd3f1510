import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AnyPredictor } from "@tricast/core";
import { bind, createService } from "@tricast/core/adapter";
import type { HostOptions } from "@tricast/core/testing";
import { createHttpAdapter } from "../../../packages/cloud-functions/src/http-adapter.ts";
import { CLOUD_FUNCTIONS } from "../../../packages/cloud-functions/src/platform.ts";
import { send } from "../../e2e/support/wire-client.ts";
import {
  bareHandler,
  functionsFramework,
  type GoogleHandler,
  googleHandler,
} from "../../events/google/functions-framework.ts";
import { type ContractHost, contractHost } from "./contract-host.ts";
import { setRequestTimeout } from "./request-timeout.ts";

type Open = (predictor: AnyPredictor) => Promise<GoogleHandler>;

export const GOOGLE_HOSTS: readonly ContractHost[] = [
  googleHost(functionsFramework.name, googleHandler),
  googleHost("node:http without the framework", bareHandler),
];

function googleHost(name: string, open: Open): ContractHost {
  return contractHost({
    name,
    platform: CLOUD_FUNCTIONS,
    pings: "http",
    deadline: "settable",
    streams: true,
    guards: true,
    async start(predictor, { remainingMs, serviceOptions }) {
      const restore = setRequestTimeout(remainingMs);
      const served = await oneAtATime(() =>
        serviceOptions === undefined ? open(predictor) : guardedHandler(predictor, serviceOptions),
      );
      return {
        send: (request) => served.handle(request),
        async close() {
          restore();
          await served.close();
        },
      };
    },
  });
}

/** `cloudFunctions()` takes no guard, so a case that has one gets the adapter that it binds, on a server of its own. */
async function guardedHandler(
  predictor: AnyPredictor,
  serviceOptions: NonNullable<HostOptions["serviceOptions"]>,
): Promise<GoogleHandler> {
  const service = createService(predictor, { platform: CLOUD_FUNCTIONS, ...serviceOptions });
  const answer = bind(service, createHttpAdapter("secret"));
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    handle: (event) => send(origin, event as Parameters<typeof send>[1]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

let last: Promise<unknown> = Promise.resolve();

/** The framework finds its target in the environment, which all starts of this process share. */
function oneAtATime<T>(start: () => Promise<T>): Promise<T> {
  const started = last.then(start);
  last = started.catch(() => undefined);
  return started;
}
