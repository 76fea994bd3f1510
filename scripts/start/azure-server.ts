import { randomBytes, randomUUID } from "node:crypto";
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AzureWorker, Invocation, RegisteredFunction, RpcTypedData } from "@tricast/pack/azure-worker";
import { forward } from "./azure-forward.ts";
import { type HttpRoute, httpRoutes, type Match, matchRoute } from "./azure-routes.ts";
import { decodePath, splitTarget, toReply, toRpcHttp, toTriggerMetadata, writeReply } from "./azure-rpc.ts";

export interface FunctionInfo {
  readonly name: string;
  readonly trigger: string;
  readonly url?: string;
  readonly methods?: readonly string[];
  readonly authLevel?: string;
}

export interface FunctionsServerOptions {
  readonly worker: AzureWorker;
  /** Those of the worker's functions that are served. */
  readonly functions: Iterable<RegisteredFunction>;
  /** The path before the routes, such as `api`. */
  readonly prefix: string;
  /** The worker's own server. With it, HTTP requests are forwarded; without it they are messages. */
  readonly httpUri: string | undefined;
}

/** azure-functions-host: ScriptConstants.cs, DefaultMaxRequestBodySize. */
const MAX_BODY_BYTES = 104_857_600;

/** How long a request of a function that has thrown stays open. */
const UNANSWERED_MS = 500;

/** The HTTP server of the local host. */
export class FunctionsServer {
  private readonly worker: AzureWorker;
  private readonly functions: readonly RegisteredFunction[];
  private readonly prefix: readonly string[];
  private readonly httpUri: string | undefined;
  /** Connections to the worker stay open, as the host's do (DefaultHttpProxyService.cs: SocketsHttpHandler). */
  private readonly agent = new Agent({ keepAlive: true });
  private readonly routes: readonly HttpRoute[];
  private readonly server: Server;
  /** After the hooks, the real worker ends, and results that it had not sent are lost. */
  private workerGone = false;

  constructor({ worker, functions, prefix, httpUri }: FunctionsServerOptions) {
    this.worker = worker;
    this.functions = [...functions];
    this.prefix = prefix.split("/").filter(Boolean);
    this.httpUri = httpUri;
    this.routes = httpRoutes(this.functions);
    this.server = createServer((request, reply) => void this.answer(request, reply));
  }

  /** Resolves with the address. @throws {Error} if the port is taken. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", (error: NodeJS.ErrnoException) => {
        const taken = error.code === "EADDRINUSE";
        reject(taken ? new Error(`Port ${port} is in use; choose another with --port`, { cause: error }) : error);
      });
      this.server.listen(port, "127.0.0.1", resolve);
    });
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}`;
  }

  describe(url: string): FunctionInfo[] {
    return this.functions.map(({ name, trigger }) => {
      const route = this.routes.find(({ functionName }) => functionName === name);
      if (route === undefined) return { name, trigger: trigger.type };
      const { methods, authLevel, template } = route;
      return { name, trigger: trigger.type, url: [url, ...this.prefix, template].join("/"), methods, authLevel };
    });
  }

  /** Stops like the real host: refuses new requests, runs the `appTerminate` hooks, ends the worker, flushes replies. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    await this.worker.terminate();
    this.workerGone = true;
    this.server.closeIdleConnections();
    await closed;
    this.agent.destroy();
  }

  /** Stops serving. The worker lives on. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
    this.agent.destroy();
  }

  private async answer(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    try {
      if (Number(request.headers["content-length"]) > MAX_BODY_BYTES) throw new BodyTooLarge();
      if (await this.administer(request, reply)) return;
      const match = this.match(request);
      if (match === undefined) return void reply.writeHead(404).end();
      if (this.httpUri === undefined) await this.call(match, request, reply);
      else await this.forward(this.httpUri, match, request, reply);
    } catch (error) {
      if (error instanceof BodyTooLarge) return void reply.writeHead(413, { connection: "close" }).end();
      // A function that throws gives an empty 500; the error is in the log.
      console.error(error);
      if (!reply.headersSent) reply.writeHead(500).end();
    }
  }

  private match({ method = "GET", url: target = "/" }: IncomingMessage): Match | undefined {
    const segments = decodePath(splitTarget(target).path).split("/").filter(Boolean);
    const own = segments.splice(0, this.prefix.length);
    const isBelowPrefix = this.prefix.every((part, index) => part.toLowerCase() === own[index]?.toLowerCase());
    return isBelowPrefix ? matchRoute(this.routes, method, segments) : undefined;
  }

  private async call({ route, params }: Match, request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const data: RpcTypedData = { http: toRpcHttp({ ...headOf(request), body: await readBody(request) }, params) };
    const result = await this.invoke(route.functionName, { data }, request.headers.traceparent);
    writeReply(toReply(result?.http), reply);
  }

  /** The message about the invocation leaves first, and then the request (GrpcWorkerChannel.cs). The order of arrival is open. */
  private async forward(
    uri: string,
    { route, params }: Match,
    request: IncomingMessage,
    reply: ServerResponse,
  ): Promise<void> {
    const id = randomUUID();
    const triggerMetadata = toTriggerMetadata(headOf(request), params);
    const invoked = this.invoke(route.functionName, { id, data: {}, triggerMetadata }, request.headers.traceparent);
    const { ended, abandon } = forward(request, reply, { uri, id, agent: this.agent });
    // The library does not answer where a function throws. The real host then waits until ActivityTimeout, for 240 s.
    invoked.catch(() => setTimeout(abandon, UNANSWERED_MS).unref());
    await ended;
    await invoked;
  }

  private async invoke(
    name: string,
    input: Pick<Invocation, "data"> & Partial<Invocation>,
    traceparent: unknown,
  ): Promise<RpcTypedData | undefined> {
    const traceParent = typeof traceparent === "string" ? traceparent : newTraceparent();
    const result = await this.worker.invoke(name, { id: randomUUID(), traceParent, ...input });
    if (this.workerGone) throw new Error(`The worker ended before ${name} had answered`);
    return result;
  }

  /** azure-functions-host: HostController.cs (warmup), FunctionsController.cs (functions/{name}). */
  private async administer(request: IncomingMessage, reply: ServerResponse): Promise<boolean> {
    const { path: target } = splitTarget(request.url ?? "/");
    if (!target.startsWith("/admin/") || request.method !== "POST") return false;
    const name =
      target === "/admin/warmup" ? this.nameOf("warmupTrigger") : /^\/admin\/functions\/([^/]+)$/.exec(target)?.[1];
    const registered = this.functions.find((each) => each.name === name);
    if (registered === undefined) {
      reply.writeHead(404).end();
      return true;
    }
    const data = triggerData(registered.trigger.type, await readBody(request));
    await this.invoke(registered.name, { data }, undefined);
    reply.writeHead(target === "/admin/warmup" ? 200 : 202).end();
    return true;
  }

  private nameOf(trigger: string): string | undefined {
    return this.functions.find((each) => each.trigger.type === trigger)?.name;
  }
}

class BodyTooLarge extends Error {}

function headOf({ method = "GET", url: target = "/", rawHeaders }: IncomingMessage) {
  return { method, target, rawHeaders };
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/**
 * The data that extensions pass; the library converts names to camel case. Any other trigger gets the body as
 * `{"input": ...}`.
 */
function triggerData(trigger: string, body: Uint8Array): RpcTypedData {
  if (trigger === "timerTrigger") {
    const now = new Date().toISOString();
    const ScheduleStatus = { Last: now, Next: now, LastUpdated: now };
    return { json: JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus, IsPastDue: false }) };
  }
  if (trigger === "warmupTrigger" || body.byteLength === 0) return { json: "{}" };
  const { input } = JSON.parse(Buffer.from(body).toString()) as { input?: string };
  return { json: input ?? "null" };
}

function newTraceparent(): string {
  return `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
}
