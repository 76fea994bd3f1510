import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import path from "node:path";
import { parseArgs } from "node:util";
import { type AzureWorker, type LogLine, loadAzureApp, type RpcTypedData } from "@tricast/pack/azure-worker";
import { type HttpRoute, httpRoutes, matchRoute } from "./azure-routes.ts";
import { decodePath, splitTarget, toReply, toRpcHttp, writeReply } from "./azure-rpc.ts";

/**
 * A small local Azure Functions host. It loads an app folder as the Functions worker does and serves its HTTP
 * functions, without checking keys (`authLevel`). Timers and the warmup trigger do not run automatically:
 * `POST /admin/functions/<name>` and `POST /admin/warmup` fire them, as on the real host.
 *
 * As a program: `node azure-host.ts --root DIR [--port N]`. It sends `{type: "ready", url, functions}` to its parent
 * process, or prints the addresses without one. On SIGTERM and SIGINT it runs the `appTerminate` hooks and exits with
 * 0.
 */
export interface AzureHostOptions {
  /** Folder with package.json and host.json. */
  readonly root: string;
  /** Default 7071, the default of Azure's own tools; 0 takes any free port. */
  readonly port?: number;
  /** Default: prints one line per entry on standard output. */
  readonly log?: LogLine;
}

export interface AzureHost {
  readonly url: string;
  readonly functions: readonly FunctionInfo[];
  /** Stops like the real host: refuses new requests, runs the `appTerminate` hooks, ends the worker, flushes replies. */
  stop(): Promise<void>;
}

export interface FunctionInfo {
  readonly name: string;
  readonly trigger: string;
  readonly url?: string;
  readonly methods?: readonly string[];
  readonly authLevel?: string;
}

const DEFAULT_PORT = 7071;
/** azure-functions-host: ScriptConstants.cs, DefaultMaxRequestBodySize. */
const MAX_BODY_BYTES = 104_857_600;

/**
 * Needs a process of its own, because it changes the working directory and the results of `require`.
 * @throws {Error} if the app would not start in Azure, or if the port is taken.
 */
export async function startAzureHost({
  root,
  port = DEFAULT_PORT,
  log = printLine,
}: AzureHostOptions): Promise<AzureHost> {
  const folder = path.resolve(root);
  const prefix = readRoutePrefix(folder);
  // The values that Azure's own tools set for an app on a laptop.
  process.env.FUNCTIONS_WORKER_RUNTIME ??= "node";
  process.env.FUNCTIONS_EXTENSION_VERSION ??= "~4";
  process.env.AZURE_FUNCTIONS_ENVIRONMENT ??= "Development";
  const worker = await loadAzureApp(folder, log);
  const host = new Host(worker, prefix);
  return host.listen(port);
}

/** The host does not start an app without a host.json of version 2.0. */
function readRoutePrefix(root: string): string {
  const file = path.join(root, "host.json");
  if (!existsSync(file)) throw new Error(`${file} is missing; it needs at least {"version": "2.0"}`);
  const { version, extensions } = JSON.parse(readFileSync(file, "utf8")) as {
    version?: string;
    extensions?: { http?: { routePrefix?: string } };
  };
  if (version !== "2.0") throw new Error(`${file} has version ${JSON.stringify(version)}; it must be "2.0"`);
  return extensions?.http?.routePrefix ?? "api";
}

class Host {
  private readonly worker: AzureWorker;
  private readonly prefix: readonly string[];
  private readonly routes: readonly HttpRoute[];
  private readonly server: Server;
  /** After the hooks, the real worker ends, and results that it had not sent are lost. */
  private workerGone = false;

  constructor(worker: AzureWorker, prefix: string) {
    this.worker = worker;
    this.prefix = prefix.split("/").filter(Boolean);
    this.routes = httpRoutes(worker.functions.values());
    this.server = createServer((request, reply) => void this.answer(request, reply));
  }

  async listen(port: number): Promise<AzureHost> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", (error: NodeJS.ErrnoException) => {
        const taken = error.code === "EADDRINUSE";
        reject(taken ? new Error(`Port ${port} is in use; choose another with --port`, { cause: error }) : error);
      });
      this.server.listen(port, "127.0.0.1", resolve);
    });
    const address = this.server.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}`;
    return { url, functions: this.describe(url), stop: () => this.stop() };
  }

  private describe(url: string): FunctionInfo[] {
    return [...this.worker.functions.values()].map(({ name, trigger }) => {
      const route = this.routes.find(({ functionName }) => functionName === name);
      if (route === undefined) return { name, trigger: trigger.type };
      const { methods, authLevel, template } = route;
      return { name, trigger: trigger.type, url: [url, ...this.prefix, template].join("/"), methods, authLevel };
    });
  }

  private async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    await this.worker.terminate();
    this.workerGone = true;
    this.server.closeIdleConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      if (body === undefined) return void reply.writeHead(413, { connection: "close" }).end();
      if (await this.administer(request, body, reply)) return;
      await this.call(request, body, reply);
    } catch (error) {
      // A function that throws gives an empty 500; the error is in the log.
      console.error(error);
      if (!reply.headersSent) reply.writeHead(500).end();
    }
  }

  private async call(request: IncomingMessage, body: Uint8Array, reply: ServerResponse): Promise<void> {
    const { method = "GET", url: target = "/", rawHeaders } = request;
    const segments = decodePath(splitTarget(target).path).split("/").filter(Boolean);
    const own = segments.splice(0, this.prefix.length);
    const isBelowPrefix = this.prefix.every((part, index) => part.toLowerCase() === own[index]?.toLowerCase());
    const match = isBelowPrefix ? matchRoute(this.routes, method, segments) : undefined;
    if (match === undefined) return void reply.writeHead(404).end();
    const data: RpcTypedData = { http: toRpcHttp({ method, target, rawHeaders, body }, match.params) };
    const result = await this.invoke(match.route.functionName, data, request.headers.traceparent);
    writeReply(toReply(result?.http), reply);
  }

  private async invoke(name: string, data: RpcTypedData, traceparent: unknown): Promise<RpcTypedData | undefined> {
    const traceParent = typeof traceparent === "string" ? traceparent : newTraceparent();
    const result = await this.worker.invoke(name, { id: randomUUID(), data, traceParent });
    if (this.workerGone) throw new Error(`The worker ended before ${name} had answered`);
    return result;
  }

  /** azure-functions-host: HostController.cs (warmup), FunctionsController.cs (functions/{name}). */
  private async administer(request: IncomingMessage, body: Uint8Array, reply: ServerResponse): Promise<boolean> {
    const { path: target } = splitTarget(request.url ?? "/");
    if (!target.startsWith("/admin/") || request.method !== "POST") return false;
    const name =
      target === "/admin/warmup" ? this.nameOf("warmupTrigger") : /^\/admin\/functions\/([^/]+)$/.exec(target)?.[1];
    const registered = name === undefined ? undefined : this.worker.functions.get(name);
    if (registered === undefined) {
      reply.writeHead(404).end();
      return true;
    }
    await this.invoke(registered.name, triggerData(registered.trigger.type, body), undefined);
    reply.writeHead(target === "/admin/warmup" ? 200 : 202).end();
    return true;
  }

  private nameOf(trigger: string): string | undefined {
    return [...this.worker.functions.values()].find((each) => each.trigger.type === trigger)?.name;
  }
}

/** `undefined` if it is over the host's limit. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
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

const printLine: LogLine = ({ functionName, invocationId, level, message }) => {
  process.stdout.write(`[${functionName} ${invocationId}] ${level}: ${message}\n`);
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { root: { type: "string" }, port: { type: "string" } } });
  if (values.root === undefined) throw new Error("--root DIR is missing: the folder with package.json and host.json");
  const host = await startAzureHost({ root: values.root, port: Number(values.port ?? DEFAULT_PORT) });
  const stop = () => void host.stop().then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (process.send === undefined) {
    for (const each of host.functions)
      console.log(
        each.url === undefined ? `${each.name}: ${each.trigger}` : `${each.name}: [${each.methods}] ${each.url}`,
      );
    return;
  }
  process.send({ type: "ready", url: host.url, functions: host.functions });
  // Without its parent, no process can stop this one.
  process.once("disconnect", stop);
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  });
}
