import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { BufferQueue } from "./buffer-queue.ts";

export interface ConnectionOptions {
  /** Milliseconds without any data after which a connection counts as broken. */
  readonly timeoutMs: number;
  /** Certificates in PEM to trust instead of the public ones. */
  readonly ca?: string | undefined;
}

/** The other side closed the connection without an error. */
export class ConnectionClosed extends Error {}

/** A socket that reads into its own buffers. A node:http body needs four times the processor time for the same bytes. */
export class Connection {
  readonly socket: Socket;
  readonly #received = new BufferQueue();
  #failure: Error | undefined;
  #paused = false;
  #wake: () => void = () => {};

  constructor(socket: (onread: OnReadOpts) => Socket, timeoutMs: number) {
    this.socket = socket({
      // Node calls it before each read, although its types describe a single call.
      buffer: () => this.#received.free,
      callback: (bytes) => this.#onRead(bytes),
    });
    this.socket.setNoDelay(true);
    this.socket.setTimeout(timeoutMs, () => this.destroy(new Error(`no data for ${timeoutMs} ms`)));
    this.socket.on("error", (error) => this.#end(error));
    for (const event of ["end", "close"]) {
      this.socket.on(event, () => this.#end(new ConnectionClosed("the connection was closed")));
    }
  }

  /** Whether it is open and has received no unexpected data. */
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
    this.#end(error ?? new Error("the connection was closed by this process"));
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

/** Sends no data yet. Imports TLS only for https:, because that takes 20 ms. */
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
  // `onread` is documented for TLS too (nodejs.org/api/tls.html#tlsconnectoptions-callback), but missing in the types.
  return new Connection((onread) => tls.connect({ ...secure, onread } as typeof secure), timeoutMs);
}
