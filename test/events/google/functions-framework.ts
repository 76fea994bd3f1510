import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { cloudFunctions } from "@tricast/cloud-functions";
import type { AnyPredictor } from "@tricast/core";
import { send } from "../../e2e/support/wire-client.ts";
import type { EventSource, WireRequest, WireResponse } from "../event-source.ts";

/** On this platform the event is the request itself, over HTTP. */
export const functionsFramework: EventSource = {
  name: "functions-framework over HTTP",
  build: (request) => request,
  read: (result) => result as WireResponse,
};

export const GOOGLE_EVENT_SOURCES: readonly EventSource[] = [functionsFramework];

export interface GoogleHandler {
  /** Sends the request over loopback and resolves with what came back over the wire. */
  handle(event: unknown): Promise<WireResponse>;
  close(): Promise<void>;
}

let count = 0;

/** A predictor on the framework's own server, as a process whose target it is would serve it. */
export async function googleHandler(predictor: AnyPredictor): Promise<GoogleHandler> {
  const name = `contract-${++count}`;
  cloudFunctions(predictor, { name });
  const handler = await serve(getTestServer(name));
  // The target is read when a server gets its first request, as the framework's own program has it set from the start.
  process.env.FUNCTION_TARGET = name;
  await handler.handle({ method: "GET", target: "/health", headers: [], body: new Uint8Array() });
  delete process.env.FUNCTION_TARGET;
  return handler;
}

/** The same handler on a bare server of `node:http`, as an app mounts it that does without the framework. */
export async function bareHandler(predictor: AnyPredictor): Promise<GoogleHandler> {
  const handler = cloudFunctions(predictor, { name: `bare-${++count}` });
  return serve(createServer((request, response) => void handler(request, response)));
}

async function serve(server: Server): Promise<GoogleHandler> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    handle: (event) => send(origin, event as WireRequest),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
