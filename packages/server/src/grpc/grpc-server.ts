import type * as Grpc from "@grpc/grpc-js";
import type * as Loader from "@grpc/proto-loader";
import { ERRORS, TricastError } from "@tricast/core";
import type { Admission } from "../admission/admission.ts";
import type { ModelHost } from "../model-host.ts";
import { optionalImport } from "../optional-import.ts";
import type { Authenticate } from "../security/authenticate.ts";
import type { ServerSettings } from "../settings.ts";
import { definition, HEALTH_SERVICE, INFERENCE_SERVICE } from "./definition.ts";
import { type GrpcCall, toGrpcCall } from "./grpc-call.ts";
import { type GrpcAnswer, type GrpcMethod, healthMethods, inferenceMethods } from "./methods.ts";
import { type GrpcFailure, toGrpcFailure } from "./status.ts";

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
  const server = new grpc.Server({
    "grpc.max_receive_message_length": settings.maxBodyBytes,
    "grpc.max_send_message_length": -1,
    "grpc.max_metadata_size": settings.maxHeaderBytes,
  });
  const add = (service: string, methods: Readonly<Record<string, GrpcMethod>>): void => {
    const handlers = Object.entries(methods).map(([name, method]) => [name, handlerOf(grpc, method, options)]);
    server.addService(services[service] as Grpc.ServiceDefinition, Object.fromEntries(handlers));
  };
  add(INFERENCE_SERVICE, inferenceMethods(host, settings));
  add(HEALTH_SERVICE, healthMethods(host));
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

const LOADING = { keepCase: true, longs: String, defaults: true, oneofs: true } as const;

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
  options: GrpcOptions,
): Grpc.handleUnaryCall<unknown, unknown> {
  return async (native, reply) => {
    const started = performance.now();
    let failure: GrpcFailure | undefined;
    try {
      const call = toGrpcCall(native, options.settings.requestTimeoutMs);
      const { message, headers } = await answer(method, native.request, call, options);
      native.sendMetadata(toMetadata(grpc, headers ?? {}));
      reply(null, message);
    } catch (error) {
      failure = toGrpcFailure(error);
      reply({ code: failure.code, details: failure.details, metadata: failureMetadata(grpc, failure) });
    }
    if (method.kind === "health") return;
    const call = { operation: method.operation, model: modelIn(native.request, options.host) };
    const status = failure === undefined ? 200 : ERRORS[failure.errorCode].status;
    options.ended(call, status, failure?.errorCode, (performance.now() - started) / 1000);
  };
}

/** Only names that are served, as a client could send any. */
function modelIn(message: unknown, host: ModelHost): string {
  const { name, model_name: modelName } = message as { readonly name?: string; readonly model_name?: string };
  const named = modelName ?? name ?? "";
  return host.versions(named).length > 0 ? named : "";
}

async function answer(
  method: GrpcMethod,
  message: unknown,
  call: GrpcCall,
  { authenticate, admission }: GrpcOptions,
): Promise<GrpcAnswer> {
  if (method.kind !== "health") await authenticate?.(call.request.headers);
  return method.kind === "infer"
    ? admitted(admission, call, () => method.answer(message, call))
    : method.answer(message, call);
}

async function admitted<T>(admission: Admission, { invocation }: GrpcCall, work: () => T | Promise<T>): Promise<T> {
  admission.enter();
  try {
    if (!admission.begin()) await admission.wait(invocation.deadline, invocation.signal);
    try {
      return await work();
    } finally {
      admission.end();
    }
  } finally {
    admission.leave();
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

/** Our code, and where trying again may help, when (grpc/proposal, A6, pushback). */
function failureMetadata(grpc: typeof Grpc, { errorCode, retryAfterSeconds }: GrpcFailure) {
  const metadata = new grpc.Metadata();
  metadata.set("tricast-code", errorCode);
  if (retryAfterSeconds !== undefined)
    metadata.set("grpc-retry-pushback-ms", String(Math.ceil(retryAfterSeconds * 1000)));
  return metadata;
}
