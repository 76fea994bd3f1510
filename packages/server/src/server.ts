import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type InferenceResponse, messageOf, TricastError } from "@tricast/core";
import { AccessLog } from "./access-log.ts";
import { Admission } from "./admission/admission.ts";
import { Exchange } from "./exchange.ts";
import { type GrpcServer, startGrpcServer } from "./grpc/grpc-server.ts";
import { healthRoutes } from "./health.ts";
import { refuseConnection } from "./http/refuse-connection.ts";
import { writeResponse } from "./http/write-response.ts";
import { ServerMetrics } from "./metrics/server-metrics.ts";
import type { RunnableHost } from "./model-host.ts";
import { PROTOCOLS } from "./protocols/index.ts";
import { fallbackRoutes, predictRoutes } from "./protocols/predict/predict.ts";
import { Responder } from "./responder.ts";
import { Router } from "./router.ts";
import { type Authenticate, createAuthenticate } from "./security/authenticate.ts";
import type { ServerState } from "./server-state.ts";
import type { ServerSettings } from "./settings.ts";
import { settlesWithin } from "./settles-within.ts";
import { findTracing } from "./trace/tracing.ts";

/** How often Node looks for clients that are too slow; its own 30 s would let the shorter limits wait. */
const SLOWEST_CHECK_MS = 1_000;

/** How the end of a server went. */
export interface StopReport {
  /** Whether every request was answered and every model released within the grace. */
  readonly finished: boolean;
  /** What was still being done when it was over, by operation. */
  readonly unfinished: Readonly<Record<string, number>>;
}

/** A server of models over HTTP/1.1. Handles no signals, and leaves the process alone. */
export class InferenceServer {
  readonly settings: ServerSettings;
  private readonly state: ServerState;
  private readonly responder: Responder;
  private readonly authenticate: Authenticate | undefined;
  private readonly http: Server;
  private readonly accessLog: AccessLog;
  private readonly exchanges = new Set<Exchange>();
  private grpc: GrpcServer | undefined;
  private whenIdle: (() => void) | undefined;
  private stopping: Promise<StopReport> | undefined;

  /** @throws {TricastError} `invalid-option` for an API key file that cannot be read. */
  constructor(host: RunnableHost, settings: ServerSettings) {
    this.settings = settings;
    const admission = new Admission(settings.maxInFlight, settings.maxQueue);
    this.state = { host, settings, admission, metrics: new ServerMetrics() };
    this.authenticate = createAuthenticate(settings);
    this.responder = new Responder({
      state: this.state,
      router: new Router([
        ...healthRoutes(this.state),
        ...PROTOCOLS.flatMap((protocol) => protocol.routes(settings)),
        ...predictRoutes(host),
      ]),
      fallback: fallbackRoutes(host),
      roots: PROTOCOLS.flatMap((protocol) => protocol.roots(settings)),
      authenticate: this.authenticate,
    });
    this.accessLog = new AccessLog(settings.accessLog);
    this.http = this.createHttp();
  }

  get address(): AddressInfo {
    return this.http.address() as AddressInfo;
  }

  /** Where gRPC listens, if it does. */
  get grpcPort(): number | undefined {
    return this.grpc?.port;
  }

  /**
   * Listens, and begins to load; resolves when the ports are open, which models are then on their way.
   * @throws {TricastError} `invalid-option` for a port that cannot be had, `missing-dependency` for gRPC without its packages.
   */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.settings;
    const listening = new Promise<void>((resolve, reject) => {
      this.http.once("error", (cause) => reject(cannotListen(host, port, cause)));
      this.http.listen(port, host, resolve);
    });
    // In this turn, so that models that load at once are there before the first request.
    void this.state.host.start(this.state.metrics);
    await listening;
    this.grpc = await this.listenGrpc();
    // After the port is open, so that looking for an optional package keeps nobody waiting.
    this.responder.startSpan = await findTracing();
    return this.address;
  }

  /**
   * Not ready from now on; after the drain delay takes no connections; then waits for requests in flight and releases
   * the models, all within the grace. Called again, it is the same stop.
   */
  stop(): Promise<StopReport> {
    this.stopping ??= this.drain();
    return this.stopping;
  }

  /** What is being done, by operation. */
  get unfinished(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { match } of this.exchanges) {
      const operation = match?.route.operation ?? "none";
      counts[operation] = (counts[operation] ?? 0) + 1;
    }
    return counts;
  }

  private async drain(): Promise<StopReport> {
    const { host, metrics } = this.state;
    const { graceMs, drainDelayMs } = this.settings;
    const endsAt = Date.now() + graceMs;
    host.withdraw();
    if (drainDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(drainDelayMs, graceMs)));
    this.http.close();
    const allAnswered = Promise.all([this.idle(), this.grpc?.drain()]);
    const answered = await settlesWithin(allAnswered, endsAt - Date.now());
    const { unfinished } = this;
    this.http.closeAllConnections();
    this.grpc?.close();
    const released = await settlesWithin(host.close(), Math.max(0, endsAt - Date.now()));
    metrics.close();
    this.accessLog.flush();
    return {
      finished: answered && released,
      unfinished: released ? unfinished : { ...unfinished, "release of models": 1 },
    };
  }

  private async listenGrpc(): Promise<GrpcServer | undefined> {
    const { grpcPort: port } = this.settings;
    if (port === undefined) return undefined;
    const { metrics } = this.state;
    try {
      return await startGrpcServer({
        ...this.state,
        port,
        authenticate: this.authenticate,
        ended: (call, status, code, seconds) => {
          metrics.answered(call.operation, call.model, status, seconds);
          if (code !== undefined) metrics.failed(call.operation, code);
        },
      });
    } catch (error) {
      this.http.close();
      throw error;
    }
  }

  private idle(): Promise<void> {
    if (this.exchanges.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.whenIdle = resolve;
    });
  }

  private createHttp(): Server {
    const { receiveTimeoutMs, headersTimeoutMs, keepAliveTimeoutMs, maxHeaderBytes } = this.settings;
    const headersTimeout = Math.min(headersTimeoutMs, receiveTimeoutMs);
    const serve = (incoming: IncomingMessage, reply: ServerResponse): void => this.serve(incoming, reply);
    // Not imported: of a module's import Node reads every export, and this one has WebSocket, which loads undici (20 ms).
    const server = process.getBuiltinModule("node:http").createServer(
      {
        headersTimeout,
        requestTimeout: receiveTimeoutMs,
        keepAliveTimeout: keepAliveTimeoutMs,
        maxHeaderSize: maxHeaderBytes,
        connectionsCheckingInterval: Math.min(headersTimeout, SLOWEST_CHECK_MS),
      },
      serve,
    );
    // Else Node would ask for the body before we have looked at the head.
    server.on("checkContinue", serve);
    server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => this.refuseBytes(error, socket));
    return server;
  }

  private serve(incoming: IncomingMessage, reply: ServerResponse): void {
    const exchange = new Exchange(incoming, reply);
    this.exchanges.add(exchange);
    reply.once("close", () => this.close(exchange));
    void this.responder.respond(exchange).then((response) => this.answer(exchange, response));
  }

  private answer(exchange: Exchange, response: InferenceResponse): void {
    this.record(exchange, response);
    const { maxBodyBytes: maxUnreadBytes } = this.settings;
    writeResponse(response, exchange.reply, { last: this.isLast(exchange), maxUnreadBytes });
  }

  private close(exchange: Exchange): void {
    if (!exchange.reply.writableFinished) exchange.abandon();
    this.exchanges.delete(exchange);
    if (this.exchanges.size === 0) this.whenIdle?.();
  }

  /** A stopping server ends each connection, but not before the answers of what was sent on it already. */
  private isLast(exchange: Exchange): boolean {
    if (this.stopping === undefined) return false;
    let last: Exchange | undefined;
    for (const other of this.exchanges) if (other.incoming.socket === exchange.incoming.socket) last = other;
    return last === exchange;
  }

  private record(exchange: Exchange, { status, headers, body }: InferenceResponse): void {
    const { match, startedAt, method, target, span } = exchange;
    if (match?.route.kind === "health") return;
    const seconds = (performance.now() - startedAt) / 1000;
    const operation = match?.route.operation ?? "none";
    const code = exchange.code ?? (status < 400 ? undefined : codeIn(headers, body));
    this.state.metrics.answered(operation, this.modelOf(exchange), status, seconds);
    if (code !== undefined) this.state.metrics.failed(operation, code);
    span?.end(status, code);
    if (!this.accessLog.samples) return;
    const invocation = exchange.invocation(this.settings.requestTimeoutMs);
    this.accessLog.write({
      invocation,
      method,
      path: target.path,
      operation,
      status,
      code,
      seconds,
      bytes: body.length,
    });
  }

  /** As a label: only names that are served, as a client could send any. */
  private modelOf({ match }: Exchange): string {
    const { host } = this.state;
    const named = match?.params.model;
    if (named !== undefined) return host.versions(named).length > 0 ? named : "";
    const models = host.list();
    return models.length === 1 ? (models[0]?.name ?? "") : "";
  }

  private refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
    this.state.metrics.noRequest(error.code ?? "unknown");
    let answering = false;
    for (const { incoming, reply } of this.exchanges)
      if (incoming.socket === socket && reply.headersSent) answering = true;
    refuseConnection(error.code, socket, answering);
  }
}

/** Every error body of ours has its code as a member: the core's own answers pass through here already written. */
function codeIn(headers: InferenceResponse["headers"], body: InferenceResponse["body"]): string | undefined {
  if (typeof body !== "string" || !String(headers["content-type"]).includes("json")) return undefined;
  return /"code":"([a-z-]+)"/.exec(body)?.[1];
}

function cannotListen(host: string, port: number, cause: Error): TricastError {
  return new TricastError(
    "invalid-option",
    `Cannot listen on ${host}:${port}: ${messageOf(cause)}; choose another port or address`,
    { cause },
  );
}
