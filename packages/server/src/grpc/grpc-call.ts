import type * as Grpc from "@grpc/grpc-js";
import { TricastError } from "@tricast/core";
import { clientGone } from "@tricast/core/adapter";
import { UnaryDecoder } from "./unary-decoder.ts";

type Native = Grpc.ServerInterceptingCallInterface;

/** A unary call whose headers have arrived. {@link GrpcCall.read} reads its message. */
export class GrpcCall {
  /** `/service/method`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly native: Native;
  /** Aborts when the stream closes before the response. */
  readonly signal: AbortSignal;
  private readonly proceed: () => void;
  private readonly client = new AbortController();
  private decoder: UnaryDecoder | undefined;
  private reading: PromiseWithResolvers<Uint8Array> | undefined;
  private hasMessage = false;
  private answered = false;

  /** `proceed` lets grpc-js read from the stream. */
  constructor(path: string, metadata: Grpc.Metadata, native: Native, proceed: () => void) {
    this.path = path;
    this.headers = toHeaders(metadata);
    this.native = native;
    this.proceed = proceed;
    this.signal = this.client.signal;
  }

  /** The client's deadline in milliseconds since the epoch; `Infinity` without one. */
  get deadline(): number {
    return Number(this.native.getDeadline());
  }

  /**
   * Reads the message. Called at most once.
   * @throws {TricastError} `body-too-large`, `invalid-body`; `deadline-exceeded` after `timeoutMs`; `request-cancelled`.
   */
  async read(maxBytes: number, timeoutMs: number): Promise<Uint8Array> {
    this.signal.throwIfAborted();
    const reading = Promise.withResolvers<Uint8Array>();
    const decoder = new UnaryDecoder(maxBytes, reading.reject);
    replaceDecoder(this.native, decoder);
    this.decoder = decoder;
    this.reading = reading;
    const timer = setTimeout(() => reading.reject(tooSlow(timeoutMs)), timeoutMs);
    timer.unref();
    this.proceed();
    return reading.promise.finally(() => clearTimeout(timer));
  }

  /** The whole message has arrived. */
  received(message: Uint8Array): void {
    this.hasMessage = true;
    this.reading?.resolve(message);
  }

  /** The stream has closed, for any reason. */
  closed(): void {
    if (this.answered) return;
    const reason = this.closeReason();
    this.client.abort(reason);
    this.reading?.reject(reason);
  }

  /** Ends the call with its message. */
  send(metadata: Grpc.Metadata, message: Uint8Array): void {
    this.answered = true;
    this.native.sendMetadata(metadata);
    this.native.sendMessage(message, () => this.native.sendStatus({ code: 0, details: "OK", metadata: null }));
  }

  /** Ends the call without a message. */
  fail(status: Grpc.StatusObject): void {
    this.answered = true;
    this.native.sendStatus(status);
  }

  /** grpc-js ends calls at their deadline, and calls whose message it cannot decompress. */
  private closeReason(): TricastError {
    if (this.deadline <= Date.now())
      return new TricastError("deadline-exceeded", "The deadline of the call has passed; set a later one");
    if (this.decoder?.complete === true && !this.hasMessage)
      return new TricastError("invalid-body", "The message cannot be decompressed");
    return clientGone();
  }
}

/**
 * Sets the size limit of one call. grpc-js has one limit for all methods, and no public way to set another. With that
 * limit, a health check, which needs no credentials, could be as large as an inference.
 * @throws {TricastError} `missing-dependency` for a version of grpc-js with its decoder in another place. Then all calls
 * fail, so the first health check of a deployment fails.
 */
function replaceDecoder(call: Native, decoder: UnaryDecoder): void {
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
    `The message did not arrive within ${timeoutMs} ms (receiveTimeoutMs); send it faster, or send a smaller one`,
  );
}

/**
 * Binary metadata (`...-bin`) is in base64, as on the wire. `content-encoding` is left out, because gRPC compresses each
 * message in its own way.
 */
function toHeaders(metadata: Grpc.Metadata): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const key of Object.keys(metadata.getMap())) {
    const values = metadata.get(key).map((value) => (typeof value === "string" ? value : value.toString("base64")));
    if (key !== "content-encoding") headers[key] = values.join(", ");
  }
  return headers;
}
