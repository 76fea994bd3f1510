import { createServer, type Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import type { AnyPredictor } from "@tricast/core";
import { bind, createService } from "@tricast/core/adapter";
import type { AdapterHost, HostOptions, RunningHost, WireRequest, WireResponse } from "@tricast/core/testing";
import { type FetchHandler, fetchHandler, type NodeListener, nodeListener } from "@tricast/http";
import express5 from "express";
import express4 from "express4";
import fastify from "fastify";
import { Hono } from "hono";
import { toHeaders } from "../../../packages/http/src/fetch/to-request.ts";
import { fetchAdapter } from "../../../packages/http/src/fetch-handler.ts";
import { ownNodeAdapter } from "../../../packages/http/src/node-listener.ts";
import { OWN_SERVER } from "../../../packages/http/src/platform.ts";
import { send } from "../../e2e/support/wire-client.ts";
import { type ContractHost, contractHost } from "./contract-host.ts";
import { sendHttp2 } from "./http2-client.ts";

/** Where the applications mount the predictor. */
const MOUNT = "/models/iris";

type Start = (predictor: AnyPredictor, options: HostOptions) => RunningHost | Promise<RunningHost>;

export const OWN_SERVER_HOSTS: readonly ContractHost[] = [
  ownHost("nodeListener on node:http", (predictor, options) => onServer(createServer(listenerOf(predictor, options)))),
  ownHost("fetchHandler with web requests", (predictor, options) => withFetch(handlerOf(predictor, options))),
];

export const FRAMEWORK_HOSTS: readonly ContractHost[] = [
  ownHost("nodeListener on node:http2", onHttp2),
  ownHost("nodeListener in Express 4", (predictor, options) => inExpress(express4, listenerOf(predictor, options)), {
    prefix: MOUNT,
  }),
  ownHost("nodeListener in Express 5", (predictor, options) => inExpress(express5, listenerOf(predictor, options)), {
    prefix: MOUNT,
  }),
  ownHost("nodeListener in Fastify", inFastify, { mount: MOUNT }),
  ownHost("fetchHandler in Hono", inHono, { mount: MOUNT }),
];

function ownHost(name: string, start: Start, path: Pick<AdapterHost, "mount" | "prefix"> = {}): ContractHost {
  return contractHost({ name, platform: OWN_SERVER, ...path, pings: "http", streams: true, guards: true, start });
}

/** `nodeListener()` takes no guard, so a case that has one gets the adapter that it binds. */
function listenerOf(predictor: AnyPredictor, { serviceOptions }: HostOptions, basePath?: string): NodeListener {
  if (serviceOptions === undefined) return nodeListener(predictor, { basePath });
  const service = createService(predictor, { platform: OWN_SERVER, basePath, ...serviceOptions });
  return bind(service, ownNodeAdapter("secret")) as unknown as NodeListener;
}

function handlerOf(predictor: AnyPredictor, { serviceOptions }: HostOptions, basePath?: string): FetchHandler {
  if (serviceOptions === undefined) return fetchHandler(predictor, { basePath });
  const service = createService(predictor, { platform: OWN_SERVER, basePath, ...serviceOptions });
  const answer = bind(service, fetchAdapter("secret"));
  return (request) => answer({ request, headers: toHeaders(request.headers) }, undefined);
}

async function onServer(server: Server, mount = ""): Promise<RunningHost> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    send: (request) => send(origin, { ...request, target: mount + request.target }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function onHttp2(predictor: AnyPredictor, options: HostOptions): Promise<RunningHost> {
  const server = createHttp2Server(listenerOf(predictor, options));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    send: (request) => sendHttp2(origin, request),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Express takes the mount from the URL. Without `next`, so that routes below any other path are found too. */
function inExpress(express: typeof express5, listener: NodeListener): Promise<RunningHost> {
  const app = express().disable("x-powered-by");
  app.use(MOUNT, (request, response) => listener(request, response));
  return onServer(createServer(app), MOUNT);
}

async function inFastify(predictor: AnyPredictor, options: HostOptions): Promise<RunningHost> {
  const listener = listenerOf(predictor, options, MOUNT);
  const app = fastify({ forceCloseConnections: true });
  app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
      scope.all("/*", (request, reply) => {
        reply.hijack();
        listener(request.raw, reply.raw);
      });
    },
    { prefix: MOUNT },
  );
  await app.ready();
  const { send, close } = await onServer(app.server, MOUNT);
  return {
    send,
    async close() {
      await close();
      await app.close();
    },
  };
}

function inHono(predictor: AnyPredictor, options: HostOptions): RunningHost {
  const handle = handlerOf(predictor, options, MOUNT);
  const app = new Hono().all(`${MOUNT}/*`, ({ req }) => handle(req.raw));
  return withFetch(async (request) => app.fetch(request), MOUNT);
}

/** As a server of web requests calls its handler. */
function withFetch(handle: FetchHandler, mount = ""): RunningHost {
  return {
    send: async (request) => toWire(await handle(toWebRequest(request, mount))),
    close: () => {},
  };
}

function toWebRequest({ method, target, headers, body }: WireRequest, mount: string): Request {
  const lines = headers.map(([name, value]): [string, string] => [name, value]);
  if (body.length > 0) lines.push(["content-length", String(body.length)]);
  const init = { method, headers: lines, ...(body.length > 0 && { body: Buffer.from(body) }) };
  return new Request(`http://localhost${mount}${target}`, init);
}

async function toWire(response: Response): Promise<WireResponse> {
  return {
    status: response.status,
    headers: [...response.headers],
    body: new Uint8Array(await response.arrayBuffer()),
  };
}
