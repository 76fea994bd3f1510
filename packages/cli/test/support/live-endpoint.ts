import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { lambda } from "@tricast/aws-lambda";
import { importPredictor } from "../../src/invoke/call-local.ts";

export const IRIS = fileURLToPath(new URL("../../../../handlers/iris", import.meta.url));

export interface LiveEndpoint {
  readonly url: string;
  /** Every request that came, in order. */
  readonly requests: { readonly method: string; readonly path: string; readonly headers: IncomingMessage["headers"] }[];
}

export interface LiveOptions {
  /** Where the gateway mounts the predictor. */
  readonly path?: string;
  /** What stands before the function, such as an authorizer; its status is the answer, unless `undefined`. */
  readonly refuse?: (request: IncomingMessage, body: string) => number | undefined;
}

/** API Gateway as the predictor sees it: payloads of version 2.0 for the real handler of iris. */
export async function startLiveEndpoint({
  path = "/iris",
  refuse = () => undefined,
}: LiveOptions = {}): Promise<LiveEndpoint> {
  const handler = lambda(await importPredictor(IRIS), { basePath: path });
  const requests: LiveEndpoint["requests"] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    requests.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers });
    const status = refuse(request, body);
    if (status !== undefined)
      return response.writeHead(status, { "content-type": "application/json" }).end('{"message":"Forbidden"}');
    const result = (await handler(toEvent(request, body), CONTEXT)) as Result;
    return response.writeHead(result.statusCode, result.headers).end(result.body);
  };
  return { url: `${await listen(answer)}${path}`, requests };
}

/** A server on a free port of this machine, which ends with the tests of the file. */
export async function listen(answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    Promise.resolve(answer(request, response)).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Result {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html. */
function toEvent(request: IncomingMessage, body: string) {
  const url = new URL(request.url ?? "/", "http://host");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: request.headers,
    requestContext: { http: { method: request.method, path: url.pathname }, requestId: "id", stage: "$default" },
    body,
    isBase64Encoded: false,
  };
}

const CONTEXT = {
  awsRequestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
  invokedFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:iris:live",
  getRemainingTimeInMillis: () => 30_000,
} as Parameters<ReturnType<typeof lambda>>[1];
