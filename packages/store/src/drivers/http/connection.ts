import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { BufferQueue } from "./buffer-queue.ts";

export interface ConnectionOptions {
  /** A connection on which nothing moves for so long is broken. */
  readonly timeoutMs: number;
  /** Certificates in PEM to trust instead of the public ones. */
  readonly ca?: string | undefined;
}

/** The other side has ended the connection in an orderly way. */
export class ConnectionClosed extends Error {}

/** A socket that reads into our own buffers: a node:http body costs four times the processor time of the same bytes. */
export class Connection {
  readonly socket: Socket;
  readonly #received = new BufferQueue();
  #failure: Error | undefined;
  #paused = false;
  #wake: () => void = () => {};

  constructor(socket: (onread: OnReadOpts) => Socket, timeoutMs: number) {
    this.socket = socket({
      // Asked for after each read: where the next one goes. (Typed as if it were called once.)
      buffer: () => this.#received.free,
      callback: (bytes) => this.#onRead(bytes),
    });
    this.socket.setNoDelay(true);
    this.socket.setTimeout(timeoutMs, () => this.destroy(new Error(`nothing moved for ${timeoutMs} ms`)));
    this.socket.on("error", (error) => this.#end(error));
    for (const event of ["end", "close"]) {
      this.socket.on(event, () => this.#end(new ConnectionClosed("the connection was closed")));
    }
  }

  /** Open, and nothing has come that nobody asked for. */
  get isReusable(): boolean {
    return this.#failure === undefined && !this.socket.destroyed && this.#received.empty;
  }

  /** The next bytes, at least one. They are overwritten some time after the next call. */
  async take(): Promise<Buffer> {
    for (;;) {
      const piece = this.#received.take();
      this.#resume();
      if (piece !== undefined) return piece;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  destroy(error?: Error): void {
    this.#end(error ?? new Error("the connection was given up"));
    this.socket.destroy();
  }

  #onRead(bytes: number): boolean {
    this.#received.fill(bytes);
    this.#wake();
    this.#paused = this.#received.crowded;
    return !this.#paused;
  }

  #resume(): void {
    if (!this.#paused || this.#received.crowded) return;
    this.#paused = false;
    this.socket.resume();
  }

  #end(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}

/** Nothing is sent yet; TLS is loaded only where it is spoken, because that takes 20 ms. */
export async function openConnection(url: URL, { timeoutMs, ca }: ConnectionOptions): Promise<Connection> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (url.protocol === "http:") {
    const port = Number(url.port) || 80;
    return new Connection((onread) => connect({ host, port, onread }), timeoutMs);
  }
  const tls = await import("node:tls");
  const secure = {
    host,
    port: Number(url.port) || 443,
    ALPNProtocols: ["http/1.1"],
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca && { ca }),
  };
  // `onread` is documented for TLS too (nodejs.org/api/tls.html#tlsconnectoptions-callback), and left out of the types.
  return new Connection((onread) => tls.connect({ ...secure, onread } as typeof secure), timeoutMs);
}
