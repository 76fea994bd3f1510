import type { AddressInfo, Server } from "node:net";
import type * as Grpc from "@grpc/grpc-js";
import type * as Loader from "@grpc/proto-loader";
import { TricastError } from "@tricast/core";
import { bind, createLogger, messageOf, optionalImport, type Recorder } from "@tricast/core/adapter";
import type { Arrivals } from "@tricast/http/node";
import { SERVER } from "../platform.ts";
import type { ServerState } from "../server-state.ts";
import { createCallInterceptor } from "./call-interceptor.ts";
import { definition, HEALTH_SERVICE, INFERENCE_SERVICE } from "./definition.ts";
import { grpcAdapter } from "./grpc-adapter.ts";
import type { GrpcCall } from "./grpc-call.ts";
import { GrpcHandler, type ServedMethod } from "./grpc-handler.ts";
import { type GrpcMethod, healthMethods, inferenceMethods } from "./methods.ts";

export interface GrpcOptions extends Pick<ServerState, "host" | "settings" | "guard"> {
  /** 0 is any free port. */
  readonly port: number;
  readonly arrivals: Arrivals;
  /** Receives a record of each call that is not a health check. */
  readonly recorder: Recorder;
}

export interface GrpcServer {
  /** The port on which it listens. */
  readonly port: number;
  /** The operations of calls without a response yet. */
  readonly unfinished: readonly string[];
  /** Takes no new calls and waits for those in flight. */
  drain(): Promise<void>;
  /** Ends the remaining calls at once. */
  close(): void;
}

/**
 * Serves the Open Inference Protocol and gRPC's health checks over gRPC, without TLS, which a mesh or a load balancer adds.
 * @throws {TricastError} `missing-dependency` if `@grpc/grpc-js` or `@grpc/proto-loader` is not installed;
 * `invalid-option` for a port that is not free.
 */
export async function startGrpcServer(options: GrpcOptions): Promise<GrpcServer> {
  const { host, guard, settings, arrivals, recorder } = options;
  const { grpc, loader } = await importGrpc();
  const services = servicesOf(loader, options);
  const handler = new GrpcHandler(host, guard, services.flatMap(servedMethods));
  const answer = bind(handler, grpcAdapter(grpc, settings, arrivals), { recorder });
  const serve = (call: GrpcCall): void => void answer(call).catch(logUnanswered);
  const server = new grpc.Server({
    "grpc.max_send_message_length": -1,
    "grpc.max_metadata_size": settings.maxHeaderBytes,
    // Per connection. An open stream takes 10 KB of memory here, and its client sends only 10 bytes.
    "grpc.max_concurrent_streams": Math.max(LEAST_STREAMS, settings.maxInFlight + settings.maxQueue),
    interceptors: [createCallInterceptor(grpc, serve)],
  });
  for (const { schema } of services) addService(server, schema);
  const listener = await listen(grpc, server, options);
  return {
    port: (listener.address() as AddressInfo).port,
    get unfinished() {
      return handler.unfinished;
    },
    drain: async () => {
      // grpc-js calls back before the calls of connections that it has not accepted itself.
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      server.tryShutdown(() => {});
      await closed;
    },
    close: () => server.forceShutdown(),
  };
}

/** The error names both packages, because usually both are missing. */
async function importGrpc(): Promise<{ grpc: typeof Grpc; loader: typeof Loader }> {
  const need = "gRPC (TRICAST_GRPC_PORT), which needs @grpc/grpc-js and @grpc/proto-loader,";
  const grpc = await optionalImport("@grpc/grpc-js", need, () => import("@grpc/grpc-js"));
  const loader = await optionalImport("@grpc/proto-loader", need, () => import("@grpc/proto-loader"));
  return { grpc, loader };
}

/** RFC 9113, 6.5.2 recommends at least 100. */
const LEAST_STREAMS = 128;

interface Service {
  readonly schema: Grpc.ServiceDefinition;
  readonly methods: Readonly<Record<string, GrpcMethod>>;
}

function servicesOf(loader: typeof Loader, { host, settings }: GrpcOptions): readonly Service[] {
  const loaded = loader.fromJSON(definition() as Parameters<typeof loader.fromJSON>[0], { keepCase: true });
  return [
    { schema: loaded[INFERENCE_SERVICE] as Grpc.ServiceDefinition, methods: inferenceMethods(host, settings) },
    { schema: loaded[HEALTH_SERVICE] as Grpc.ServiceDefinition, methods: healthMethods(host) },
  ];
}

function servedMethods({ schema, methods }: Service): ServedMethod[] {
  return Object.entries(methods).map(([name, method]) => {
    const { path, responseSerialize } = schema[name] as Grpc.MethodDefinition<unknown, object>;
    return { ...method, path, serialize: responseSerialize };
  });
}

/** Messages stay bytes in both directions. The interceptor answers every call, so the handlers do nothing. */
function addService(server: Grpc.Server, schema: Grpc.ServiceDefinition): void {
  const same = (bytes: Buffer): Buffer => bytes;
  const asBytes = { requestDeserialize: same, responseSerialize: same };
  const entries = Object.entries(schema);
  server.addService(
    Object.fromEntries(entries.map(([name, method]) => [name, { ...method, ...asBytes }])),
    Object.fromEntries(entries.map(([name]) => [name, () => {}])),
  );
}

/** Accepts the connections itself, because grpc-js has no limit for them. */
function listen(grpc: typeof Grpc, grpcServer: Grpc.Server, { settings, port }: GrpcOptions): Promise<Server> {
  const { host, maxConnections } = settings;
  const injector = grpcServer.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const listener = process.getBuiltinModule("node:net").createServer((socket) => injector.injectConnection(socket));
  listener.maxConnections = maxConnections;
  return new Promise((resolve, reject) => {
    listener.once("error", (cause) => {
      const what = `gRPC cannot listen on ${host}:${port}: ${messageOf(cause)}; choose another grpcPort`;
      reject(new TricastError("invalid-option", what, { cause }));
    });
    listener.listen(port, host, () => resolve(listener));
  });
}

/** Also logs an error that could not be sent. The call then ends at its deadline. */
function logUnanswered(error: unknown): void {
  createLogger(SERVER).error(`A call was not answered: ${messageOf(error)}`, { error });
}
