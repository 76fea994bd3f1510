import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** By the codes of Node's parser and of its server (nodejs.org/api/http, event clientError; nodejs.org/api/errors). */
const STATUS_LINES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** The parser that Node attaches to a socket. It calls `onIncoming` with each request. */
interface Parsed extends Socket {
  readonly parser?: { onIncoming: unknown } | null;
}

/**
 * Closes a connection, and stops the parser at its next request. Without that, Node makes a request of each of the
 * thousands that one read of 64 KiB can bring, although the socket is destroyed.
 */
export function breakOff(socket: Parsed): void {
  const { parser } = socket;
  // To llhttp, 2 means that the rest is not HTTP (llhttp, on_headers_complete).
  if (parser) parser.onIncoming = () => 2;
  socket.destroy();
}

/** Closes a connection whose bytes are not a request. Sends a status first, if the client can still read it. */
export function refuseConnection(code: string | undefined, socket: Duplex, answering: boolean): void {
  if (!socket.writable || answering || code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = STATUS_LINES[code ?? ""] ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
}
