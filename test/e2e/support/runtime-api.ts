import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Largest reply of a synchronous invocation; the real service answers its runtime 413 above it. */
const MOST_REPLY_BYTES = 6_291_556;
const VERSION = "/2018-06-01/runtime";

export interface InvokeOptions {
  /** Milliseconds until the invocation's deadline. Default 3,000, Lambda's own default timeout. */
  readonly timeoutMs?: number;
  readonly requestId?: string;
  readonly traceId?: string;
}

/** How the function answered one invocation. */
export type InvocationOutcome =
  | {
      readonly kind: "response";
      readonly requestId: string;
      readonly body: Buffer;
      readonly contentType: string;
      /** True when the runtime sent `Lambda-Runtime-Function-Response-Mode: streaming`. */
      readonly isStreaming: boolean;
      readonly trailers: Readonly<Record<string, string | undefined>>;
    }
  | { readonly kind: "error"; readonly requestId: string; readonly error: RuntimeError };

export interface RuntimeError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

interface Pending {
  readonly requestId: string;
  readonly event: string;
  readonly options: InvokeOptions;
  readonly settle: (outcome: InvocationOutcome) => void;
}

/**
 * The Lambda Runtime API on loopback: what a function's runtime client asks for work and hands its results to
 * (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; routes as in the Runtime Interface Emulator's router).
 */
export class RuntimeApi {
  /** `host:port`, for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Settles with what the runtime posts when it cannot start. */
  readonly initError: Promise<RuntimeError>;
  private readonly queue: Pending[] = [];
  private readonly handedOut = new Map<string, Pending>();
  private readonly waiting: ServerResponse[] = [];
  private readonly reportInitError: (error: RuntimeError) => void;
  private readonly stop: () => Promise<void>;

  private constructor(address: string, listen: (handle: Handle) => void, stop: () => Promise<void>) {
    this.address = address;
    this.stop = stop;
    const { promise, resolve } = Promise.withResolvers<RuntimeError>();
    this.initError = promise;
    this.reportInitError = resolve;
    listen((request, response) => this.route(request, response));
  }

  static async start(): Promise<RuntimeApi> {
    let handle: Handle | undefined;
    const server = createServer((request, response) => {
      handle?.(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    server.keepAliveTimeout = 60_000;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const stop = async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    };
    const listen = (given: Handle): void => {
      handle = given;
    };
    return new RuntimeApi(`127.0.0.1:${port}`, listen, stop);
  }

  /** Queues one event and resolves when the function has answered it. */
  invoke(event: unknown, options: InvokeOptions = {}): Promise<InvocationOutcome> {
    const { promise, resolve } = Promise.withResolvers<InvocationOutcome>();
    const requestId = options.requestId ?? randomUUID();
    const text = typeof event === "string" ? JSON.stringify(event) : JSON.stringify(event ?? null);
    this.queue.push({ requestId, event: text, options, settle: resolve });
    this.handOut();
    return promise;
  }

  close(): Promise<void> {
    return this.stop();
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id, verb] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(request.url ?? "") ?? [];
    if (request.method === "GET" && request.url === `${VERSION}/invocation/next`) {
      this.waiting.push(response);
      this.handOut();
    } else if (request.method === "POST" && request.url === `${VERSION}/init/error`) {
      this.reportInitError(JSON.parse((await readAll(request)).toString("utf8")) as RuntimeError);
      accept(response);
    } else if (request.method === "POST" && id !== undefined && verb === "response") {
      await this.takeResponse(decodeURIComponent(id), request, response);
    } else if (request.method === "POST" && id !== undefined && verb === "error") {
      await this.takeError(decodeURIComponent(id), request, response);
    } else {
      refuse(response, 404, "UnknownRoute", `${request.method} ${request.url}`);
    }
  }

  private handOut(): void {
    while (this.waiting.length > 0 && this.queue.length > 0) {
      const response = this.waiting.shift() as ServerResponse;
      const pending = this.queue.shift() as Pending;
      this.handedOut.set(pending.requestId, pending);
      const { timeoutMs = 3_000, traceId } = pending.options;
      response.writeHead(200, {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": pending.requestId,
        "Lambda-Runtime-Deadline-Ms": String(Date.now() + timeoutMs),
        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:tricast:live",
        "Lambda-Runtime-Trace-Id": traceId ?? "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
      });
      response.end(pending.event);
    }
  }

  private async takeResponse(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const isStreaming = request.headers["lambda-runtime-function-response-mode"] === "streaming";
    const pending = this.claim(id, response);
    if (pending === undefined) return;
    if (!isStreaming && body.length > MOST_REPLY_BYTES) {
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${MOST_REPLY_BYTES} bytes).`;
      pending.settle({
        kind: "error",
        requestId: id,
        error: { errorType: "Function.ResponseSizeTooLarge", errorMessage },
      });
      refuse(response, 413, "RequestEntityTooLarge", errorMessage);
      return;
    }
    const contentType = String(request.headers["content-type"]);
    accept(response);
    pending.settle({ kind: "response", requestId: id, body, contentType, isStreaming, trailers: request.trailers });
  }

  private async takeError(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const error = JSON.parse((await readAll(request)).toString("utf8")) as RuntimeError;
    const pending = this.claim(id, response);
    if (pending === undefined) return;
    accept(response);
    pending.settle({ kind: "error", requestId: id, error });
  }

  /** Each invocation takes one answer. */
  private claim(id: string, response: ServerResponse): Pending | undefined {
    const pending = this.handedOut.get(id);
    if (pending === undefined)
      refuse(response, 400, "InvalidRequestID", `no invocation ${id} is waiting for an answer`);
    this.handedOut.delete(id);
    return pending;
  }
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { "Content-Type": "application/json" }).end('{"status":"OK"}');
}

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify({ errorType, errorMessage }));
}
