import type * as Grpc from "@grpc/grpc-js";
import { createLogger, ERRORS, type ErrorCode, messageOf, TricastError } from "@tricast/core";
import type { Admission } from "../admission/admission.ts";
import type { Authenticate } from "../security/authenticate.ts";
import { toHeaders } from "./grpc-call.ts";
import type { GrpcMethod } from "./methods.ts";
import { failureMetadata, toGrpcFailure } from "./status.ts";
import { UnaryDecoder } from "./unary-decoder.ts";

export interface CallInterceptorOptions {
  readonly grpc: typeof Grpc;
  /** By path: `/service/method`. */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  readonly admission: Admission;
  readonly authenticate: Authenticate | undefined;
  /** How long a client may take to send its message. */
  readonly receiveTimeoutMs: number;
  /** Called for each call, except health checks, that ends before its handler begins. */
  ended(operation: string, code: ErrorCode, seconds: number): void;
}

export interface CallInterceptor {
  readonly interceptor: Grpc.ServerInterceptor;
  /** The call with this metadata, whose message has arrived. Its handler calls {@link AdmittedCall.leave} at its end. */
  begin(metadata: Grpc.Metadata): AdmittedCall;
}

export interface AdmittedCall {
  /** When its headers arrived. */
  readonly startedAt: number;
  /** Gives its room back. */
  leave(): void;
}

/** Authenticates and admits each call when its headers arrive: before a byte of its message is read or inflated. */
export function createCallInterceptor(options: CallInterceptorOptions): CallInterceptor {
  const calls = new WeakMap<Grpc.Metadata, IncomingCall>();
  return {
    interceptor: ({ path }, native) => {
      const call = new IncomingCall(options, options.methods.get(path) as GrpcMethod, native);
      return new options.grpc.ServerInterceptingCall(native, {
        start: (next) =>
          next({
            onReceiveMetadata: (metadata, proceed) => {
              calls.set(metadata, call);
              void call.admit(metadata, proceed);
            },
            onCancel: () => call.closed(),
          }),
      });
    },
    begin: (metadata) => {
      const call = calls.get(metadata) as IncomingCall;
      call.begin();
      return call;
    },
  };
}

class IncomingCall implements AdmittedCall {
  readonly startedAt = performance.now();
  private readonly options: CallInterceptorOptions;
  private readonly method: GrpcMethod;
  private readonly native: Grpc.ServerInterceptingCallInterface;
  private readonly decoder: UnaryDecoder;
  private state: "receiving" | "handled" | "ended" = "receiving";
  private hasRoom = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: CallInterceptorOptions, method: GrpcMethod, native: Grpc.ServerInterceptingCallInterface) {
    this.options = options;
    this.method = method;
    this.native = native;
    this.decoder = new UnaryDecoder({
      maxBytes: method.maxMessageBytes,
      inflates: method.kind !== "infer",
      refuse: (error) => this.refuse(error),
    });
  }

  async admit(metadata: Grpc.Metadata, proceed: (metadata: Grpc.Metadata) => void): Promise<void> {
    const { authenticate, admission, receiveTimeoutMs } = this.options;
    try {
      replaceDecoder(this.native, this.decoder);
      const allowed = this.method.kind === "health" ? undefined : authenticate?.(toHeaders(metadata));
      if (allowed !== undefined) await allowed;
      if (this.state === "ended") return;
      if (this.method.kind === "infer") {
        admission.enter();
        this.hasRoom = true;
      }
      this.timer = setTimeout(() => this.refuse(tooSlow(receiveTimeoutMs)), receiveTimeoutMs);
      this.timer.unref();
      proceed(metadata);
    } catch (error) {
      this.refuse(error);
    }
  }

  begin(): void {
    clearTimeout(this.timer);
    this.state = "handled";
  }

  leave(): void {
    if (!this.hasRoom) return;
    this.hasRoom = false;
    this.options.admission.leave();
  }

  /** The stream has closed, for whatever reason. */
  closed(): void {
    if (this.state !== "receiving") return;
    // grpc-js ends calls at their deadline, and those whose message it cannot inflate, without the interceptor.
    const isLate = Number(this.native.getDeadline()) <= Date.now();
    this.end(isLate ? "deadline-exceeded" : this.decoder.complete ? "invalid-body" : "request-cancelled");
  }

  private refuse(error: unknown): void {
    if (this.state !== "receiving") return;
    const failure = toGrpcFailure(error);
    // Not the caller's fault, who reads no more than the title.
    if (ERRORS[failure.errorCode].status === 500)
      createLogger("server").error(messageOf(error), { code: failure.errorCode, error });
    this.end(failure.errorCode);
    const { code, details } = failure;
    this.native.sendStatus({ code, details, metadata: failureMetadata(this.options.grpc, failure) });
  }

  private end(code: ErrorCode): void {
    clearTimeout(this.timer);
    this.state = "ended";
    this.leave();
    const { kind, operation } = this.method;
    if (kind !== "health") this.options.ended(operation, code, (performance.now() - this.startedAt) / 1000);
  }
}

/**
 * grpc-js has one size limit for all methods and no public way to set another. Without a limit of its own, a health
 * check, which needs no credentials, could be as large as an inference.
 * @throws {TricastError} `missing-dependency` for a version of grpc-js that keeps its decoder elsewhere: no call is
 * served then, which a deployment's first health check shows.
 */
function replaceDecoder(call: Grpc.ServerInterceptingCallInterface, decoder: UnaryDecoder): void {
  const own = call as unknown as { decoder?: { write(data: Buffer): Buffer[] } };
  if (typeof own.decoder?.write !== "function") {
    throw new TricastError(
      "missing-dependency",
      "This version of @grpc/grpc-js does not let tricast limit messages by method; install version 1.14",
    );
  }
  own.decoder = decoder;
}

function tooSlow(timeoutMs: number): TricastError {
  return new TricastError(
    "deadline-exceeded",
    `The message did not arrive within ${timeoutMs} ms (receiveTimeoutMs); send it faster, or in parts`,
  );
}
