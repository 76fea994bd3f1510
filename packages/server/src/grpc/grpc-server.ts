import type * as Grpc from "@grpc/grpc-js";
import type * as Loader from "@grpc/proto-loader";
import { ERRORS, TricastError } from "@tricast/core";
import type { Admission } from "../admission/admission.ts";
import type { ModelHost } from "../model-host.ts";
import { optionalImport } from "../optional-import.ts";
import type { Authenticate } from "../security/authenticate.ts";
import type { ServerSettings } from "../settings.ts";
import { type CallInterceptor, createCallInterceptor } from "./call-interceptor.ts";
import { definition, HEALTH_SERVICE, INFERENCE_SERVICE } from "./definition.ts";
import { type GrpcCall, toGrpcCall } from "./grpc-call.ts";
import { type GrpcMethod, healthMethods, inferenceMethods } from "./methods.ts";
import { failureMetadata, type GrpcFailure, toGrpcFailure } from "./status.ts";

export interface GrpcOptions {
  readonly host: ModelHost;
  readonly settings: ServerSettings;
  /** 0 is any free port. */
  readonly port: number;
  readonly admission: Admission;
  readonly authenticate: Authenticate | undefined;
  /** Told of each call but health checks when it has ended; `code` is that of an error, `status` what HTTP would say. */
  ended(call: EndedCall, status: number, code: string | undefined, seconds: number): void;
}

export interface EndedCall {
  readonly operation: string;
  /** As a label: a name that is served, or nothing. */
  readonly model: string;
}

export interface GrpcServer {
  /** The port it listens on. */
  readonly port: number;
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
  const { settings, host } = options;
  const { grpc, loader } = await importGrpc();
  const services = loader.fromJSON(definition() as Parameters<typeof loader.fromJSON>[0], LOADING);
  const served = { [INFERENCE_SERVICE]: inferenceMethods(host, settings), [HEALTH_SERVICE]: healthMethods(host) };
  const calls = createCallInterceptor({
    ...options,
    grpc,
    methods: byPath(served),
    receiveTimeoutMs: settings.receiveTimeoutMs,
    ended: (operation, code, seconds) => options.ended({ operation, model: "" }, ERRORS[code].status, code, seconds),
  });
  const server = new grpc.Server({
    "grpc.max_receive_message_length": settings.maxBodyBytes,
    "grpc.max_send_message_length": -1,
    "grpc.max_metadata_size": settings.maxHeaderBytes,
    // For one connection. An open stream takes 10 KB here, and its client sends 10 bytes for it.
    "grpc.max_concurrent_streams": Math.max(LEAST_STREAMS, settings.maxInFlight + settings.maxQueue),
    interceptors: [calls.interceptor],
  });
  for (const [name, methods] of Object.entries(served)) {
    const handlers = Object.entries(methods).map(([key, method]) => [key, handlerOf(grpc, method, calls, options)]);
    server.addService(undecoded(services[name] as Grpc.ServiceDefinition), Object.fromEntries(handlers));
  }
  const port = await bind(grpc, server, `${settings.host}:${options.port}`);
  return {
    port,
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

type Methods = Readonly<Record<string, GrpcMethod>>;

function byPath(served: Readonly<Record<string, Methods>>): ReadonlyMap<string, GrpcMethod> {
  const all = Object.entries(served).flatMap(([service, methods]) =>
    Object.entries(methods).map(([name, method]) => [`/${service}/${name}`, method] as const),
  );
  return new Map(all);
}

/** The service with request messages left as bytes: they are decoded once their call has a place. */
function undecoded(service: Grpc.ServiceDefinition): Grpc.ServiceDefinition {
  const methods = Object.entries(service).map(([name, method]) => [
    name,
    { ...method, requestDeserialize: (bytes: Buffer) => bytes },
  ]);
  return Object.fromEntries(methods);
}

function bind(grpc: typeof Grpc, server: Grpc.Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (cause, port) => {
      if (cause === null) return resolve(port);
      reject(new TricastError("invalid-option", `gRPC cannot listen on ${address}: ${cause.message}`, { cause }));
    });
  });
}

function handlerOf(
  grpc: typeof Grpc,
  method: GrpcMethod,
  calls: CallInterceptor,
  options: GrpcOptions,
): Grpc.handleUnaryCall<Uint8Array, unknown> {
  return async (native, reply) => {
    const admitted = calls.begin(native.metadata);
    let failure: GrpcFailure | undefined;
    let message: unknown;
    try {
      const call = toGrpcCall(native, options.settings.requestTimeoutMs);
      const read = (): unknown => {
        message = method.read(native.request);
        return message;
      };
      const answered = await withPlace(method, options.admission, call, () => method.answer(read(), call));
      native.sendMetadata(toMetadata(grpc, answered.headers ?? {}));
      reply(null, answered.message);
    } catch (error) {
      failure = toGrpcFailure(error);
      reply({ code: failure.code, details: failure.details, metadata: failureMetadata(grpc, failure) });
    } finally {
      admitted.leave();
    }
    if (method.kind === "health") return;
    const call = { operation: method.operation, model: modelIn(message, options.host) };
    const status = failure === undefined ? 200 : ERRORS[failure.errorCode].status;
    options.ended(call, status, failure?.errorCode, (performance.now() - admitted.startedAt) / 1000);
  };
}

/** Only names that are served, as a client could send any. */
function modelIn(message: unknown, host: ModelHost): string {
  const { model = "" } = (message ?? {}) as { readonly model?: string };
  return host.versions(model).length > 0 ? model : "";
}

/** A prediction waits for a place; it has had its room since its headers arrived. */
async function withPlace<T>(
  { kind }: GrpcMethod,
  admission: Admission,
  { invocation }: GrpcCall,
  work: () => T | Promise<T>,
): Promise<T> {
  if (kind !== "infer") return work();
  if (!admission.begin()) await admission.wait(invocation.deadline, invocation.signal);
  try {
    return await work();
  } finally {
    admission.end();
  }
}

/** What gRPC takes as a header: the rest of what a predictor may set has no place here. */
function toMetadata(grpc: typeof Grpc, headers: Readonly<Record<string, string | readonly string[]>>): Grpc.Metadata {
  const metadata = new grpc.Metadata();
  for (const [key, value] of Object.entries(headers)) {
    if (key.startsWith("grpc-") || key.endsWith("-bin") || !/^[a-z0-9_.-]+$/.test(key)) continue;
    for (const each of [value].flat()) if (/^[\x20-\x7e]*$/.test(each)) metadata.add(key, each);
  }
  return metadata;
}
