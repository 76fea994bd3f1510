import { TricastError } from "@tricast/core";
import { type Connection, type ConnectionOptions, openConnection } from "./connection.ts";
import type { GetRequest, HttpReply } from "./http-types.ts";
import { parsePlainHead, type ReplyHead } from "./reply-head.ts";

/** Shorter than the timeout of servers, so that a request rarely uses a connection that is just being closed. */
const IDLE_MS = 2_000;
/** Limit of a reply's head. Servers send less. */
const HEAD_BYTES = 64 * 1024;

/** GET over {@link Connection}. Later pieces of a body overwrite earlier ones. */
export class DirectClient {
  readonly #options: ConnectionOptions;
  readonly #idle = new Map<string, Connection[]>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** @throws the network's error if no reply arrives; the signal's reason. */
  async get({ url, headers, signal, onSent }: GetRequest): Promise<HttpReply> {
    signal?.throwIfAborted();
    const message = renderHead(url, headers);
    const connection = this.#takeIdle(url.origin) ?? (await this.#open(url));
    const abort = () => connection.destroy(signal?.reason as Error);
    // It may have been aborted while the connection opened.
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    connection.socket.write(message, "latin1", (error) => {
      if (!error) onSent?.();
    });
    const end = (reusable: boolean): void => {
      signal?.removeEventListener("abort", abort);
      if (reusable && connection.isReusable) this.#keep(url.origin, connection);
      else connection.destroy();
    };
    try {
      return await readReply(connection, end);
    } catch (error) {
      end(false);
      throw error;
    }
  }

  async #open(url: URL): Promise<Connection> {
    const connection = await openConnection(url, this.#options);
    connection.socket.once("close", () => {
      const idle = this.#idle.get(url.origin) ?? [];
      if (idle.includes(connection)) idle.splice(idle.indexOf(connection), 1);
    });
    return connection;
  }

  #takeIdle(origin: string): Connection | undefined {
    const connection = this.#idle.get(origin)?.pop();
    if (connection === undefined) return undefined;
    if (!connection.isReusable) {
      connection.destroy();
      return this.#takeIdle(origin);
    }
    connection.socket.ref().setTimeout(this.#options.timeoutMs);
    return connection;
  }

  #keep(origin: string, connection: Connection): void {
    const idle = this.#idle.get(origin) ?? [];
    this.#idle.set(origin, idle);
    idle.push(connection);
    connection.socket.unref().setTimeout(IDLE_MS);
  }
}

/** @throws {TricastError} `invalid-option` for a header with a line break or another control character. */
function renderHead(url: URL, headers: GetRequest["headers"]): string {
  const lines = [`GET ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host}`];
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      const rule = "HTTP does not allow its name or value; remove line breaks and other control characters";
      throw new TricastError("invalid-option", `the header ${JSON.stringify(name)} cannot be sent: ${rule}`);
    }
    if (name.toLowerCase() !== "host") lines.push(`${name}: ${value}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

async function readReply(connection: Connection, end: (reusable: boolean) => void): Promise<HttpReply> {
  let text = "";
  for (;;) {
    const piece = await connection.take();
    const before = text.length;
    text += piece.toString("latin1", 0, HEAD_BYTES);
    const headEnd = text.indexOf("\r\n\r\n", Math.max(0, before - 3));
    if (headEnd < 0 && text.length < HEAD_BYTES) continue;
    const head = parsePlainHead(text.slice(0, Math.max(0, headEnd)));
    if (head !== undefined) return plainReply(connection, head, piece.subarray(headEnd + 4 - before), end);
    connection.socket.once("close", () => end(false));
    const { parsedByNode } = await import("./parsed-by-node.ts");
    return await parsedByNode(connection, Buffer.concat([Buffer.from(text.slice(0, before), "latin1"), piece]));
  }
}

function plainReply(
  connection: Connection,
  { status, headers, length, keepsAlive }: ReplyHead,
  first: Buffer,
  end: (reusable: boolean) => void,
): HttpReply {
  let ended = false;
  const settle = (reusable: boolean): void => {
    if (!ended) end(reusable);
    ended = true;
  };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    let left = length;
    // After more bytes than the announced length, the connection cannot be used again.
    let clean = keepsAlive;
    for (let piece = first; left > 0 || piece.length > 0; piece = left > 0 ? await connection.take() : EMPTY) {
      clean &&= piece.length <= left;
      const wanted = piece.subarray(0, left);
      left -= wanted.length;
      if (wanted.length > 0) yield wanted;
    }
    settle(clean);
  }
  const body = { headers, [Symbol.asyncIterator]: pieces, destroy: () => settle(false) };
  if (length === 0) settle(keepsAlive && first.length === 0);
  return { status, headers, body };
}

const EMPTY = Buffer.alloc(0);
