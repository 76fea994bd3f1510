import type * as Grpc from "@grpc/grpc-js";
import { TricastError } from "@tricast/core";
import { type Charge, clientGone, inflate } from "@tricast/core/adapter";
import type { Arrivals } from "@tricast/http/node";
import { UnaryMessage } from "./unary-message.ts";

type Native = Grpc.ServerInterceptingCallInterface;

/** A client that cancels its call, such as one of Node, may end the stream before it resets it. */
const RESET_MS = 100;

/** A unary call whose headers have arrived. {@link GrpcCall.read} reads its message. */
export class GrpcCall {
  /** `/service/method`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly native: Native;
  /** Aborts when the stream closes before the response. */
  readonly signal: AbortSignal;
  private readonly client = new AbortController();
  private message: UnaryMessage | undefined;
  private reading: PromiseWithResolvers<UnaryMessage> | undefined;
  private answered = false;

  constructor(path: string, metadata: Grpc.Metadata, native: Native) {
    this.path = path;
    this.headers = toHeaders(metadata);
    this.native = native;
    this.signal = this.client.signal;
  }

  /** The client's deadline in milliseconds since the epoch; `Infinity` without one. */
  get deadline(): number {
    return Number(this.native.getDeadline());
  }

  /**
   * Reads the message, and decompresses it. Called at most once.
   * @throws {TricastError} `body-too-large`, `invalid-body`, `unsupported-encoding`, `request-timeout`, `request-cancelled`;
   * the error of `charge`.
   */
  async read(maxBytes: number, arrivals: Arrivals, charge: Charge | undefined): Promise<Uint8Array> {
    this.signal.throwIfAborted();
    const reading = Promise.withResolvers<UnaryMessage>();
    const message = new UnaryMessage(maxBytes, { charge, refuse: reading.reject });
    const encoding = replaceDecoder(this.native, message);
    this.message = message;
    this.reading = reading;
    const leave = arrivals.add({
      get received() {
        return message.received;
      },
      refuse: reading.reject,
    });
    this.native.startRead();
    const { bytes, isCompressed } = await reading.promise.finally(leave);
    if (!isCompressed) return bytes;
    return inflate(bytes, encoding, maxBytes, charge);
  }

  /** The client has sent all that it will send. */
  ended(): void {
    const { message, reading } = this;
    if (message?.isComplete === true) {
      reading?.resolve(message);
      return;
    }
    setTimeout(() => {
      reading?.reject(new TricastError("invalid-body", "The call has no complete message; send one message"));
    }, RESET_MS);
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

  private closeReason(): TricastError {
    if (this.deadline > Date.now()) return clientGone();
    return new TricastError("deadline-exceeded", "The deadline of the call has passed; set a later one");
  }
}

/** Parts of grpc-js that have no public access. */
interface Internals extends Native {
  decoder?: { write(data: Buffer): Buffer[] };
  readonly incomingEncoding?: string;
}

/**
 * Receives the message of one call in place of grpc-js, whose decoder has one limit for all methods, accepts any number of
 * messages, and decompresses any number at a time. grpc-js has no public way to replace it.
 * @returns The encoding of a compressed message.
 * @throws {TricastError} `missing-dependency` for a version of grpc-js with its decoder in another place. Then all calls
 * fail, so the first health check of a deployment fails.
 */
function replaceDecoder(own: Internals, message: UnaryMessage): string {
  if (typeof own.decoder?.write !== "function" || own.incomingEncoding === undefined) {
    throw new TricastError(
      "missing-dependency",
      "This version of @grpc/grpc-js does not let tricast limit messages by method; install version 1.14",
    );
  }
  own.decoder = {
    write(data) {
      message.add(data);
      return [];
    },
  };
  return own.incomingEncoding;
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
