import type * as Grpc from "@grpc/grpc-js";
import type * as Loader from "@grpc/proto-loader";
import { TricastError } from "@tricast/core";
import { bind, createLogger, messageOf, optionalImport, type Recorder } from "@tricast/core/adapter";
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
  /** Receives a record of each call that is not a health check. */
  readonly recorder: Recorder;
}

export interface GrpcServer {
  /** The port it listens on. */
  readonly port: number;
  /** Calls that are being answered, by operation. */
  readonly unfinished: Readonly<Record<string, number>>;
  /** Takes no new calls and waits for those in flight. */
  drain(): Promise<void>;
  /** Ends what is left at once. */
  close(): void;
}

/**
 * The Open Inference Protocol and gRPC's health checks over gRPC, without TLS: that is the mesh's or the balancer's.
 * @throws {TricastError} `missing-dependency` where `@grpc/grpc-js` or `@grpc/proto-loader` is not installed,
 * `invalid-option` for a port that cannot be had.
 */
export async function startGrpcServer(options: GrpcOptions): Promise<GrpcServer> {
  const { host, guard, settings, recorder } = options;
  const { grpc, loader } = await importGrpc();
  const services = servicesOf(loader, options);
  const handler = new GrpcHandler({ host, guard, methods: services.flatMap(servedMethods) });
  const answer = bind(handler, grpcAdapter(grpc, settings), { recorder });
  const serve = (call: GrpcCall): void => void answer(call).catch(logUnanswered);
  const server = new grpc.Server({
    "grpc.max_receive_message_length": settings.maxBodyBytes,
    "grpc.max_send_message_length": -1,
    "grpc.max_metadata_size": settings.maxHeaderBytes,
    // For one connection. An open stream takes 10 KB here, and its client sends 10 bytes for it.
    "grpc.max_concurrent_streams": Math.max(LEAST_STREAMS, settings.maxInFlight + settings.maxQueue),
    interceptors: [createCallInterceptor(grpc, serve)],
  });
  for (const { schema } of services) addService(server, schema);
  const port = await listen(grpc, server, `${settings.host}:${options.port}`);
  return {
    port,
    get unfinished() {
      return handler.unfinished;
    },
    drain: () => new Promise((resolve) => server.tryShutdown(() => resolve())),
    close: () => server.forceShutdown(),
  };
}

/** Both at once: who lacks one most likely lacks the other. */
async function importGrpc(): Promise<{ grpc: typeof Grpc; loader: typeof Loader }> {
  const names = "@grpc/grpc-js @grpc/proto-loader";
  const need = `gRPC (TRICAST_GRPC_PORT), which takes ${names.replace(" ", " and ")},`;
  const grpc = await optionalImport("@grpc/grpc-js", need, () => import("@grpc/grpc-js"));
  const loader = await optionalImport("@grpc/proto-loader", need, () => import("@grpc/proto-loader"));
  return { grpc, loader };
}

/** For responses. Requests are read by `read-request.ts`. */
const LOADING = { keepCase: true, longs: String, defaults: true, oneofs: true } as const;

/** RFC 9113, 6.5.2 recommends no fewer than 100. */
const LEAST_STREAMS = 128;

interface Service {
  readonly schema: Grpc.ServiceDefinition;
  readonly methods: Readonly<Record<string, GrpcMethod>>;
}

function servicesOf(loader: typeof Loader, { host, settings }: GrpcOptions): readonly Service[] {
  const loaded = loader.fromJSON(definition() as Parameters<typeof loader.fromJSON>[0], LOADING);
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

/** With messages left as bytes both ways. The interceptor answers every call, so the handlers have nothing to do. */
function addService(server: Grpc.Server, schema: Grpc.ServiceDefinition): void {
  const same = (bytes: Buffer): Buffer => bytes;
  const asBytes = { requestDeserialize: same, responseSerialize: same };
  const entries = Object.entries(schema);
  server.addService(
    Object.fromEntries(entries.map(([name, method]) => [name, { ...method, ...asBytes }])),
    Object.fromEntries(entries.map(([name]) => [name, () => {}])),
  );
}

function listen(grpc: typeof Grpc, server: Grpc.Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (cause, port) => {
      if (cause === null) return resolve(port);
      reject(new TricastError("invalid-option", `gRPC cannot listen on ${address}: ${cause.message}`, { cause }));
    });
  });
}

/** Of an error, too, that could not be sent. The call then ends at its deadline. */
function logUnanswered(error: unknown): void {
  createLogger(SERVER).error(`A call was not answered: ${messageOf(error)}`, { error });
}
