import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TricastError } from "@tricast/core";
import { bind, createLogger, messageOf, type RequestRecord } from "@tricast/core/adapter";
import { Arrivals, nodeAdapter, OpenReplies, settlesWithin, splitTarget, toRequestId } from "@tricast/http/node";
import { type AccessLog, createAccessLog } from "./access-log.ts";
import { Admission } from "./admission/admission.ts";
import { type GrpcServer, startGrpcServer } from "./grpc/grpc-server.ts";
import { RequestGuard } from "./guard.ts";
import { healthRoutes } from "./health.ts";
import { BurstLimit } from "./http/burst-limit.ts";
import { HttpHandler } from "./http/http-handler.ts";
import { breakOff, refuseConnection } from "./http/refuse-connection.ts";
import { ServerMetrics } from "./metrics/server-metrics.ts";
import type { RunnableHost } from "./model-host.ts";
import { SERVER } from "./platform.ts";
import { PROTOCOLS } from "./protocols/index.ts";
import { createFallback, predictRoutes } from "./protocols/predict.ts";
import { Router } from "./router.ts";
import { readCredentials } from "./security/authenticate.ts";
import type { ServerState } from "./server-state.ts";
import type { ServerSettings } from "./settings.ts";
import { hasOpenTelemetry, traceToOpenTelemetry } from "./trace/tracing.ts";

/** How often Node looks for slow clients. Its default of 30 s is longer than some limits. */
const SLOWEST_CHECK_MS = 1_000;

/** The result of a stop. */
export interface StopReport {
  /** Whether every request was answered and every model released within `graceMs`. */
  readonly finished: boolean;
  /** Requests and gRPC calls without a response at the end of `graceMs`, by operation. */
  readonly unfinished: Readonly<Record<string, number>>;
}

/** A server of models over HTTP/1.1, and over gRPC if `grpcPort` is set. It does not handle signals and does not end the process. */
export class InferenceServer {
  readonly settings: ServerSettings;
  private readonly state: ServerState;
  private readonly handler: HttpHandler;
  private readonly answer: (incoming: IncomingMessage, reply: ServerResponse) => Promise<void>;
  private readonly http: Server;
  private readonly accessLog: AccessLog;
  private readonly replies = new OpenReplies();
  private readonly arrivals: Arrivals;
  private readonly bursts = new BurstLimit();
  private grpc: GrpcServer | undefined;
  private stopping: Promise<StopReport> | undefined;

  /** @throws {TricastError} `invalid-option` for an API key file that cannot be read. */
  constructor(host: RunnableHost, settings: ServerSettings) {
    this.settings = settings;
    const { maxInFlight, maxQueue, bodyMemoryBytes: bodyBytes, valueMemoryBytes: valueBytes } = settings;
    const { authenticate, areMany: shared } = readCredentials(settings);
    const admission = new Admission({ maxInFlight, maxQueue, bodyBytes, valueBytes, shared });
    const guard = new RequestGuard(admission, authenticate);
    this.arrivals = new Arrivals({ most: settings.maxConnections, timeoutMs: settings.receiveTimeoutMs });
    this.state = { host, settings, admission, guard, metrics: new ServerMetrics() };
    this.accessLog = createAccessLog(settings.accessLog);
    this.handler = new HttpHandler({
      state: this.state,
      router: new Router([
        ...healthRoutes(this.state),
        ...PROTOCOLS.flatMap((protocol) => protocol.routes(settings)),
        ...predictRoutes(host),
      ]),
      fallback: createFallback(host),
      roots: PROTOCOLS.flatMap((protocol) => protocol.roots(settings)),
    });
    this.answer = bind(this.handler, this.createAdapter(), { recorder: this.record });
    this.http = this.createHttp();
  }

  get address(): AddressInfo {
    return this.http.address() as AddressInfo;
  }

  /** The port of gRPC, if it listens. */
  get grpcPort(): number | undefined {
    return this.grpc?.port;
  }

  /**
   * Listens, and starts to load the models. Resolves when the ports are open, before the models are loaded.
   * @throws {TricastError} `invalid-option` for a port that is not free, `missing-dependency` for gRPC without its packages.
   */
  async listen(): Promise<AddressInfo> {
    // Before models load, so that their loading is traced.
    if (hasOpenTelemetry()) await traceToOpenTelemetry();
    const { host, metrics } = this.state;
    const { host: address, port } = this.settings;
    const listening = new Promise<void>((resolve, reject) => {
      this.http.once("error", (cause) => {
        const what = `Cannot listen on ${address}:${port}: ${messageOf(cause)}; choose another port or address`;
        reject(new TricastError("invalid-option", what, { cause }));
      });
      this.http.listen(port, address, resolve);
    });
    // In this turn, so that models that load at once are ready before the first request.
    void host.start((model, outcome) => metrics.loaded(model, outcome));
    await listening;
    this.grpc = await this.listenGrpc();
    return this.address;
  }

  /**
   * Makes the server not ready, and after `drainDelayMs` closes it for new connections. Then waits for requests in flight
   * and releases the models, all within `graceMs`. A second call returns the same promise.
   */
  stop(): Promise<StopReport> {
    this.stopping ??= this.drain();
    return this.stopping;
  }

  /** Requests and gRPC calls without a response yet, by operation. */
  get unfinished(): Record<string, number> {
    const overHttp = Array.from(this.replies, ({ req }) =>
      this.handler.operationOf(req.method ?? "GET", splitTarget(req.url ?? "/").path),
    );
    const counts: Record<string, number> = {};
    for (const operation of [...(this.grpc?.unfinished ?? []), ...overHttp])
      counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }

  private async drain(): Promise<StopReport> {
    const { host, metrics } = this.state;
    const { graceMs, drainDelayMs } = this.settings;
    const endsAt = Date.now() + graceMs;
    host.withdraw();
    if (drainDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(drainDelayMs, graceMs)));
    this.http.close();
    this.arrivals.stop();
    const allAnswered = Promise.all([this.replies.none(), this.grpc?.drain()]);
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
    return startGrpcServer({ ...this.state, port, arrivals: this.arrivals, recorder: this.record }).catch(
      (error: unknown) => {
        this.http.close();
        throw error;
      },
    );
  }

  /** The routes recognise warmup pings, because each predictor has its own settings for them. */
  private createAdapter(): ReturnType<typeof nodeAdapter> {
    const { requestTimeoutMs, maxBodyBytes: maxUnreadBytes } = this.settings;
    return nodeAdapter({
      platform: SERVER,
      toId: ({ headers }) => toRequestId(headers),
      toDeadline: () => Date.now() + requestTimeoutMs,
      // A stopping server closes each connection after the responses to all requests on it.
      arrivals: this.arrivals,
      endingOf: (reply) => ({ last: this.stopping !== undefined && this.replies.isLast(reply), maxUnreadBytes }),
    });
  }

  private createHttp(): Server {
    const { receiveTimeoutMs, headersTimeoutMs, keepAliveTimeoutMs, maxHeaderBytes } = this.settings;
    const headersTimeout = Math.min(headersTimeoutMs, receiveTimeoutMs);
    const serve = (incoming: IncomingMessage, reply: ServerResponse): void => this.serve(incoming, reply);
    // Not imported: an import reads every export of the module, and its WebSocket loads undici (20 ms).
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
    server.maxConnections = this.settings.maxConnections;
    server.on("drop", () => this.state.metrics.invalidBytes("TOO_MANY_CONNECTIONS"));
    // Without this listener, Node requests the body before the server has read the head.
    server.on("checkContinue", serve);
    server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => this.refuseBytes(error, socket));
    return server;
  }

  private serve(incoming: IncomingMessage, reply: ServerResponse): void {
    if (this.isFlooded(incoming.socket)) return;
    this.replies.add(reply);
    this.answer(incoming, reply).catch((error: unknown) => {
      createLogger(SERVER).error(`A request was not answered: ${messageOf(error)}`, { error });
      reply.destroy();
    });
  }

  /** Breaks off a connection that pipelines too many requests. */
  private isFlooded(socket: Socket): boolean {
    if (socket.destroyed) return true;
    if (!this.bursts.isExceededBy(socket)) return false;
    this.state.metrics.invalidBytes("TOO_MANY_PIPELINED");
    breakOff(socket);
    return true;
  }

  private refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
    this.state.metrics.invalidBytes(error.code ?? "unknown");
    refuseConnection(error.code, socket, this.replies.hasBegunOn(socket));
  }

  /** For HTTP and gRPC. */
  private readonly record = (record: RequestRecord): void => {
    const { outcome, status, seconds } = record;
    const { operation, predictor = "", error } = outcome;
    this.state.metrics.answered(operation, predictor, status, seconds);
    if (error !== undefined) this.state.metrics.failed(operation, error.code);
    this.accessLog.record(record);
  };
}
