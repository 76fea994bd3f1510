import assert from "node:assert/strict";
import { type LambdaContext, lambda } from "@tricast/aws-lambda";
import type { AnyPredictor, Platform } from "@tricast/core";
import { createServer } from "@tricast/server";
import { send } from "../e2e/support/wire-client.ts";
import { AWS_EVENT_SOURCES } from "../events/aws/sources.ts";
import { ALB_PAYLOAD_BYTES, LAMBDA_PAYLOAD_BYTES } from "../events/aws/wire.ts";
import { AZURE_EVENT_SOURCES, azureHandler } from "../events/azure/functions-host.ts";
import type { EventSource, WireRequest, WireResponse } from "../events/event-source.ts";
import {
  bareHandler,
  functionsFramework,
  GOOGLE_EVENT_SOURCES,
  type GoogleHandler,
  googleHandler,
} from "../events/google/functions-framework.ts";
import { type Differences, differencesOf } from "./differences.ts";

/** One way by which a client's HTTP request reaches a predictor. Every case of the suite runs on each. */
export interface ContractHost {
  readonly name: string;
  readonly source: EventSource;
  readonly platform: Platform;
  /** The path that clients of this host put before ours. */
  readonly mount: string;
  readonly differences: Differences;
  /** Largest request body the platform hands on, in bytes, where that is less than 4 MB. */
  readonly requestBytes: number | undefined;
  /** Largest reply the platform sends, in bytes of what the adapter hands it; `undefined` where it names none. */
  readonly replyBytes: number | undefined;
  start(predictor: AnyPredictor, options?: StartOptions): Promise<RunningHost>;
}

export interface StartOptions {
  /** What the platform leaves for each invocation, on Lambda, which alone tells by the invocation. Default 3 s. */
  readonly remainingMs?: number;
}

export interface RunningHost {
  send(request: WireRequest): Promise<WireResponse>;
  close(): Promise<void>;
}

/** @throws {assert.AssertionError} when a cloud has no source: a suite that tests nothing must not pass. */
function makeHosts(): readonly ContractHost[] {
  const clouds = {
    aws: AWS_EVENT_SOURCES.map(awsHost),
    azure: AZURE_EVENT_SOURCES.map(azureHost),
    google: [...GOOGLE_EVENT_SOURCES.map((source) => googleHost(source, googleHandler)), bareHost()],
    server: [serverHost()],
  };
  for (const [cloud, hosts] of Object.entries(clouds)) assert.ok(hosts.length > 0, `no event source for ${cloud}`);
  return Object.values(clouds).flat();
}

function awsHost(source: EventSource): ContractHost {
  const isAlb = source.name.startsWith("ALB");
  return {
    name: source.name,
    source,
    platform: "aws-lambda",
    mount: "",
    differences: differencesOf(source.name),
    requestBytes: isAlb ? ALB_PAYLOAD_BYTES : undefined,
    replyBytes: isAlb ? ALB_PAYLOAD_BYTES : LAMBDA_PAYLOAD_BYTES,
    async start(predictor, { remainingMs = 3_000 } = {}) {
      const handler = lambda(predictor);
      return {
        async send(request) {
          // As JSON, because that is how an event reaches Lambda's runtime client.
          const event = JSON.parse(JSON.stringify(source.build(request)));
          return source.read(await handler(event, lambdaContext(remainingMs)), event);
        },
        close: async () => {},
      };
    },
  };
}

/** cloud.google.com/functions/quotas: what a response that is not streamed may have. */
const GOOGLE_REPLY_BYTES = 33_554_432;

let invocations = 0;

/** The context of one invocation that begins now. */
export function lambdaContext(remainingMs = 3_000): LambdaContext {
  const deadline = Date.now() + remainingMs;
  return {
    awsRequestId: `8476a536-e9f4-11e8-9739-${String(++invocations).padStart(12, "0")}`,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function azureHost(source: EventSource): ContractHost {
  return {
    name: source.name,
    source,
    platform: "azure-functions",
    mount: "/api/contract",
    differences: differencesOf(source.name),
    requestBytes: undefined,
    replyBytes: undefined,
    async start(predictor) {
      const handle = await azureHandler(predictor);
      return {
        async send(request) {
          const event = source.build(request);
          return source.read(await handle(event), event);
        },
        close: async () => {},
      };
    },
  };
}

function googleHost(source: EventSource, open: (predictor: AnyPredictor) => Promise<GoogleHandler>): ContractHost {
  return {
    name: source.name,
    source,
    platform: "cloud-functions",
    mount: "",
    differences: differencesOf(source.name),
    requestBytes: undefined,
    replyBytes: GOOGLE_REPLY_BYTES,
    async start(predictor) {
      const served = await oneAtATime(() => open(predictor));
      return {
        send: async (request) => source.read(await served.handle(source.build(request)), request),
        close: () => served.close(),
      };
    },
  };
}

function bareHost(): ContractHost {
  return googleHost({ ...functionsFramework, name: "node:http without the framework" }, bareHandler);
}

/** The server on a port of its own, as a container runs it. */
const serverOverHttp: EventSource = {
  name: "tricast server",
  build: (request) => request,
  read: (result) => result as WireResponse,
};

function serverHost(): ContractHost {
  return {
    name: serverOverHttp.name,
    source: serverOverHttp,
    platform: "server",
    mount: "",
    differences: differencesOf(serverOverHttp.name),
    requestBytes: undefined,
    replyBytes: undefined,
    async start(predictor) {
      const server = createServer(predictor, { host: "127.0.0.1", port: 0 });
      const { port } = await server.listen();
      return {
        send: (request) => send(`http://127.0.0.1:${port}`, request),
        close: async () => void (await server.stop()),
      };
    },
  };
}

let last: Promise<unknown> = Promise.resolve();

/** The framework finds its target in the environment, which all starts of this process share. */
function oneAtATime<T>(start: () => Promise<T>): Promise<T> {
  const started = last.then(start);
  last = started.catch(() => undefined);
  return started;
}

export const HOSTS: readonly ContractHost[] = makeHosts();
